/* The root and its relays, as tables of states: table.go, deal.go and share.go. scripts/model checks
 * it: the assertions, and that no state is left in which nothing can happen before every host has
 * ended. Every run comes to an end, so a host that were forgotten would be such a state.
 *
 * A link keeps the order of what it carries, and breaks at any moment: what was sent and not yet
 * received may then arrive in part, or not at all, and either end notices when it likes. Until then a
 * relay goes on. Which relay gets which host, and when, is left open: the root grants in some order.
 *
 * AGAIN and FORGET break a rule, which spin must notice. */

#define RELAYS 2
#define HOSTS  3
#define MOST   2  /* hosts that a relay has at a time */

/* Of a relay, at the root. */
#define DIALING 0
#define WORKING 1
#define LEAVING 2
#define LOST    3

/* Of a host, at the root. */
#define UNASKED 0
#define WAITING 1
#define GRANTED 2
#define BEGUN   3
#define ENDED   4

mtype = { grant, drain, start, exited, unreachable, notStarted, stopped, lost }

#define NR 6 /* HOSTS * RELAYS */
#define AT(h, r) ((h) * RELAYS + (r))

chan there[RELAYS] = [4] of { mtype, byte }; /* HOSTS grants and a drain */
chan back[RELAYS] = [6] of { mtype, byte };  /* a start and an end for each host */
bool cut[RELAYS];  /* the link is broken */

/* What the root knows. */
byte relay[RELAYS];
byte count[RELAYS]; /* hosts that a relay has */
byte host[HOSTS];
bool had[NR];       /* the relay was granted the host */
bool has[NR];       /* and has not ended it */
bool saved[HOSTS];  /* a relay could not reach it */
bool draining;
byte ends;          /* hosts that have ended */
mtype result[HOSTS];

/* What happens on the hosts. */
byte runs[HOSTS];

#define mayTake(h, r) (relay[r] <= WORKING && !had[AT(h, r)])
#define nobody(h)     (!mayTake(h, 0) && !mayTake(h, 1))
#define mayGrant(h, r) (host[h] == WAITING && !draining && relay[r] == WORKING && !had[AT(h, r)] && count[r] < MOST)

inline finish(h, how) {
	assert(host[h] != ENDED);
	host[h] = ENDED;
	result[h] = how;
	ends++
}

inline release(h, r) {
	assert(has[AT(h, r)]);
	has[AT(h, r)] = false;
	count[r]--
}

inline leave(r) {
	if
	:: relay[r] <= WORKING -> relay[r] = LEAVING
	:: else
	fi
}

inline give(h, r) {
	atomic {
		mayGrant(h, r) -> host[h] = GRANTED; had[AT(h, r)] = true; has[AT(h, r)] = true; count[r]++;
		if
		:: cut[r]
		:: else -> there[r]!grant,h
		fi
	}
}

/* A host that waits when nobody may get it any more. */
inline giveUp(h) {
	d_step {
		host[h] == WAITING && (draining || nobody(h)) ->
		if
		:: saved[h] -> finish(h, unreachable)
		:: !saved[h] && draining -> finish(h, notStarted)
		:: else -> finish(h, unreachable)
		fi
	}
}

inline hear(r) {
	d_step {
		relay[r] != LOST && relay[r] != DIALING && nempty(back[r]) ->
		back[r]?what,h;
		assert(has[AT(h, r)]); /* no honest relay is taken for a hostile one */
		if
		:: what == start ->
			assert(host[h] == GRANTED);
			host[h] = BEGUN
		:: what == exited ->
			assert(host[h] == BEGUN);
			release(h, r);
			finish(h, exited)
		:: what == notStarted ->
			assert(host[h] == GRANTED);
			release(h, r);
			if
			:: draining -> finish(h, notStarted)
			:: else -> leave(r); host[h] = WAITING
			fi
		:: what == stopped ->
			assert(host[h] == BEGUN);
			release(h, r);
			leave(r);
			finish(h, lost)
		:: what == unreachable ->
			assert(host[h] == GRANTED);
			release(h, r);
			if
			:: !saved[h] && !draining && !nobody(h) -> saved[h] = true; host[h] = WAITING
			:: else -> finish(h, unreachable)
			fi
		fi;
		what = 0; h = 0
	}
}

inline lose(r) {
	d_step {
		cut[r] && relay[r] != LOST ->
		relay[r] = LOST;
		for (h : 0 .. HOSTS - 1) {
			if
			:: has[AT(h, r)] ->
				release(h, r);
#if defined(AGAIN)
				host[h] = WAITING
#elif !defined(FORGET)
				finish(h, lost)
#endif
			:: else
			fi
		}
		h = 0
	}
}

active proctype root() {
	byte h, asked;
	mtype what;
	do
	:: d_step { asked < HOSTS -> host[asked] = WAITING; asked++ }
	:: d_step { relay[0] == DIALING && !cut[0] -> relay[0] = WORKING }
	:: d_step { relay[1] == DIALING && !cut[1] -> relay[1] = WORKING }
	:: give(0, 0)
	:: give(0, 1)
	:: give(1, 0)
	:: give(1, 1)
	:: give(2, 0)
	:: give(2, 1)
	:: giveUp(0)
	:: giveUp(1)
	:: giveUp(2)
	:: hear(0)
	:: hear(1)
	:: lose(0)
	:: lose(1)
	:: atomic {
		!draining -> draining = true;
		for (h : 0 .. RELAYS - 1) {
			if
			:: relay[h] == DIALING || cut[h]
			:: else -> there[h]!drain,0
			fi
		}
		h = 0
	}
	:: ends == HOSTS -> break
	od;
	for (h : 0 .. HOSTS - 1) {
		assert(result[h] != exited || runs[h] == 1);
		assert(result[h] != notStarted && result[h] != unreachable || runs[h] == 0);
		assert(result[h] != lost || had[AT(h, 0)] || had[AT(h, 1)])
	}
}

inline report(what, h) {
	if
	:: cut[r]
	:: else -> back[r]!what,h
	fi
}

inline begin(h) {
	atomic { waits[h] && !drained -> waits[h] = false; starts[h] = true; report(start, h) }
}

/* The first byte of the command goes out after the report. */
inline launch(h) {
	atomic { starts[h] -> starts[h] = false; running[h] = true; runs[h]++; assert(runs[h] == 1) }
}

inline over(h, how) {
	report(how, h);
	open--
}

/* A relay, as its own process sees itself: share.go. */
active [RELAYS] proctype server() {
	byte r = _pid - 1, h, open;
	bool mine[HOSTS], waits[HOSTS], starts[HOSTS], running[HOSTS], drained, ended;
	do
	:: atomic {
		there[r]?grant,h ->
		assert(!mine[h] && open < MOST); /* the root keeps its own rule */
		mine[h] = true; open++; waits[h] = true; h = 0
	}
	:: atomic { there[r]?drain,h -> drained = true }
	:: begin(0)
	:: begin(1)
	:: begin(2)
	:: launch(0)
	:: launch(1)
	:: launch(2)
	:: atomic { waits[0] && !drained -> waits[0] = false; over(0, unreachable) }
	:: atomic { waits[1] && !drained -> waits[1] = false; over(1, unreachable) }
	:: atomic { waits[2] && !drained -> waits[2] = false; over(2, unreachable) }
	:: atomic { waits[0] && drained -> waits[0] = false; over(0, notStarted) }
	:: atomic { waits[1] && drained -> waits[1] = false; over(1, notStarted) }
	:: atomic { waits[2] && drained -> waits[2] = false; over(2, notStarted) }
	:: atomic { running[0] -> running[0] = false; over(0, (ended -> stopped : exited)) }
	:: atomic { running[1] -> running[1] = false; over(1, (ended -> stopped : exited)) }
	:: atomic { running[2] -> running[2] = false; over(2, (ended -> stopped : exited)) }
	:: atomic { !ended -> ended = true; drained = true } /* a signal to the relay itself */
	:: cut[r] || ends == HOSTS -> break
	od
}

/* The links. */
active proctype breaker() {
	if
	:: cut[0] = true
	:: skip
	fi;
	if
	:: cut[1] = true
	:: skip
	fi
}
