package policy

// Observe returns the state after a check that ended as r, and what is to be
// done, in order. It is defined for every state and every result. After the
// actions the caller calls Repaired where the phase is Repairing, and ends
// where it is GaveUp, Reached or Missed.
func (s State) Observe(u *Rules, r Result) (State, []Action) {
	if s.ended() {
		return s, nil
	}
	if u.Within > 0 && r.End >= u.Within {
		return s.Expire(u)
	}
	o := observation{u: u, r: r, State: s}
	o.observe()
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
			o.actions = append(o.actions, Action{Do: d, Streak: o.Streak, Tried: o.Tried})
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
		if o.push(false); o.Health.Recent == 0 {
			o.close()
		}
		o.calm()
		o.countUntil()
		return
	}
	o.Rechecks++
	o.Good++
	if o.Good < o.u.Rise {
		o.calm()
		return
	}
	o.do(Proven, SendSuccess, RunRecovered)
	o.Health.Recent = 0
	o.turn(false, EventRecovered)
	o.calm()
	grid := Grid{Origin: o.r.End, Period: o.u.Interval, Next: 1}
	o.State = State{Tried: o.Tried, NotBefore: o.NotBefore, ForgetAt: o.ForgetAt, Health: o.Health, Grid: grid}
}

// close ends a streak for which nothing has been repaired.
func (o *observation) close() {
	if o.Streak.Count > 0 && o.u.failing() != o.u.Interval {
		o.Grid = Grid{Origin: o.r.Slot, Period: o.u.Interval, Next: 1}
	}
	o.turn(false, EventOK)
	o.Streak, o.Due = Streak{}, 0
}

// countUntil counts a good check toward UntilOK.
func (o *observation) countUntil() {
	if o.u.UntilOK == 0 {
		return
	}
	o.Good++
	if o.Good >= o.u.UntilOK {
		o.do(ReportReached)
		o.Phase = Reached
	}
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
	o.Streak.Last = Failure{Unix: o.r.Unix, Code: o.r.Code, Reason: o.r.Outcome, Signal: o.r.Signal, Pid: o.r.Pid}
	if o.Streak.Count == 0 {
		o.Streak.First = o.Streak.Last
	}
	o.Streak.Count++
	o.push(true)
	if o.Quiet() {
		o.Rechecks++
		o.do(Log)
		if o.calm(); !o.Health.Flapping {
			o.recheckFailed()
		}
		return
	}
	if o.Streak.Count == 1 && o.u.failing() != o.u.Interval {
		o.Grid = Grid{Origin: o.r.Slot, Period: o.u.failing(), Next: 1}
	}
	o.do(ShowFailed, Log, SendSignal, RunFail)
	alarmed := o.alarmed()
	if alarmed {
		o.turn(true, EventFailed)
	}
	o.calm()
	switch {
	case o.u.Threshold == 0 || !alarmed || o.Health.Flapping:
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
		o.tell(EventGaveUp)
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
	o.Streak.Recoveries++
	o.Tried++
	o.Phase, o.Due = Repairing, 0
	o.NotBefore = o.r.End + o.u.minGap()
	if o.Tried == hurried && o.u.Backoff == 0 {
		o.do(WarnBackoff)
	}
	o.do(Recover, SendFault, RunRecovery)
}
