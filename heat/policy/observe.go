package policy

// Observe returns the state after a check that ended as r, and what is to be
// done, in order. It is defined for every state and every result. After the
// actions the caller calls Repaired where the phase is Repairing, and ends
// where it is GaveUp.
func (s State) Observe(u *Rules, r Result) (State, []Action) {
	o := observation{u: u, r: r, State: s}
	if s.Phase != GaveUp {
		o.observe()
	}
	return o.State, o.actions
}

// observation is one call of Observe under way.
type observation struct {
	State
	u       *Rules
	r       Result
	actions []Action
}

func (o *observation) do(list ...Do) {
	for _, d := range list {
		if !d.optional() || o.u.Wired[d] {
			o.actions = append(o.actions, Action{d, o.Row, o.Tried})
		}
	}
}

func (o *observation) observe() {
	verdict := o.u.Judge(o.r)
	switch {
	case o.r.Paused:
		o.show(verdict)
	case verdict == Good:
		o.good()
	case verdict == Bad:
		o.bad()
	case !o.Quiet():
		o.show(verdict)
		if verdict == Unrunnable {
			o.do(RunFail)
		}
	case verdict == Unrunnable:
		o.do(Log)
	}
}

func (o *observation) show(v Verdict) {
	switch v {
	case Good:
		o.do(ShowOK)
	case Unknown:
		o.do(ShowUnknown)
	default:
		o.do(ShowFailed, Log)
	}
}

func (o *observation) good() {
	o.forget()
	if !o.Quiet() {
		o.do(ShowOK)
		if o.Row.Count > 0 && o.u.failing() != o.u.Interval {
			o.Grid = Grid{Origin: o.r.Slot, Period: o.u.Interval, Next: 1}
		}
		o.Row, o.Due = Row{}, 0
		return
	}
	o.Rechecks++
	o.Good++
	if o.Good < o.u.Rise {
		return
	}
	o.do(Proven, SendSuccess, RunRecovered)
	grid := Grid{Origin: o.r.End, Period: o.u.Interval, Next: 1}
	o.State = State{Tried: o.Tried, NotBefore: o.NotBefore, ForgetAt: o.ForgetAt, Grid: grid}
}

// forget forgets the recoveries once the checks have been good for long enough.
func (o *observation) forget() {
	switch {
	case o.Tried == 0:
	case o.ForgetAt == 0:
		o.ForgetAt = o.r.Begin + o.u.stable()
	case o.r.End >= o.ForgetAt:
		o.Tried, o.ForgetAt = 0, 0
	}
}

func (o *observation) bad() {
	o.Good, o.ForgetAt = 0, 0
	o.Row.Last = Failure{Unix: o.r.Unix, Code: o.r.Code, Reason: o.r.Outcome, Signal: o.r.Signal, Pid: o.r.Pid}
	if o.Row.Count == 0 {
		o.Row.First = o.Row.Last
	}
	o.Row.Count++
	if o.Quiet() {
		o.Rechecks++
		o.do(Log)
		o.recheckFailed()
		return
	}
	if o.Row.Count == 1 && o.u.failing() != o.u.Interval {
		o.Grid = Grid{Origin: o.r.Slot, Period: o.u.failing(), Next: 1}
	}
	o.do(ShowFailed, Log, SendSignal, RunFail)
	switch {
	case o.u.Threshold == 0 || o.Row.Count < o.u.Threshold:
	case o.Due == 0:
		o.repair()
	case o.r.End >= o.Due:
		o.recover()
	}
}

// recheckFailed decides what a failed re-check brings. Only it and bad lead to
// repair and recover.
func (o *observation) recheckFailed() {
	if o.Phase == BackingOff {
		if o.r.End >= o.Due {
			o.recover()
		}
		return
	}
	over := o.Rechecks >= o.u.Threshold
	if o.u.RecoveryTimeout > 0 {
		over = o.r.End >= o.Due
	}
	if over {
		o.repair()
	}
}

// repair begins a recovery, or the pause before it, or gives up.
func (o *observation) repair() {
	if o.u.MaxRecoveries > 0 && o.Tried >= o.u.MaxRecoveries {
		o.do(GiveUp, RunGiveUp)
		o.Phase = GaveUp
		return
	}
	o.Due = max(o.r.End+o.u.pause(o.Tried), o.NotBefore)
	switch {
	case o.r.End >= o.Due:
		o.recover()
	case o.Quiet():
		o.Phase = BackingOff
	}
}

// hurried is the recovery at which the lack of a backoff is reported.
const hurried = 5

func (o *observation) recover() {
	o.Row.Recoveries++
	o.Tried++
	o.Phase, o.Due = Repairing, 0
	o.NotBefore = o.r.End + o.u.minGap()
	if o.Tried == hurried && o.u.Backoff == 0 {
		o.do(WarnBackoff)
	}
	o.do(Recover, SendFault, RunRecovery)
}
