/* The root and its relays, as tables of states: table.go, deal.go and share.go. scripts/model checks
 * it: the assertions, and that no state is left in which nothing can happen before every host has
 * ended. Every run comes to an end, so a host that is forgotten leaves such a state.
 *
 * A link keeps the order of what it carries, and breaks at any moment: what was sent and not yet
 * received then arrives in part, or not at all, and either end notices when it likes. Until then a
 * relay goes on. Which relay gets which host, and when, is left open, and so is when a relay answers
 * at first.
 *
 * AGAIN and FORGET break a rule, which spin must notice. */

#define RELAYS 2
#ifndef HOSTS
#define HOSTS  2
#endif
#ifndef MOST
#define MOST   2  /* hosts that a relay has at a time */
#endif

/* A relay, at the root. */
#define WORKING 0
#define LEAVING 1
#define LOST    2

/* A host, at the root. */
#define WAITING 0
#define GRANTED 1
#define BEGUN   2
#define ENDED   3
#define NEVER   4  /* it has ended, and its command never began */

/* A host, at a relay. */
#define WAITS   1
#define RUNS    2

mtype = { grant, drain, start, exited, unreachable, notStarted, stopped }

#define AT(h, r) ((h) * RELAYS + (r))

chan there[RELAYS] = [HOSTS + 1] of { mtype, byte };
chan back[RELAYS] = [2 * HOSTS] of { mtype, byte };
bool cut[RELAYS];           /* the link is broken */

/* What the root knows. */
byte relay[RELAYS];
byte count[RELAYS];         /* hosts that a relay has */
byte host[HOSTS];
bool had[HOSTS * RELAYS];   /* the relay was granted the host */
bool has[HOSTS * RELAYS];   /* and has not ended it */
bool saved[HOSTS];          /* a relay could not reach it */
bool draining;
byte ends;                  /* hosts that have ended */

/* What a relay knows. */
byte at[HOSTS * RELAYS];    /* the hosts there */
byte open[RELAYS];          /* how many have not ended */
bool drained[RELAYS];
bool signalled[RELAYS];     /* by others than the root; the first relay is, for fewer states */

bool ran[HOSTS];            /* the command began on the host */

#define mayTake(h, r)  (relay[r] == WORKING && !had[AT(h, r)])
#define nobody(h)      (!mayTake(h, 0) && !mayTake(h, 1))
#define mayGrant(h, r) (host[h] == WAITING && !draining && mayTake(h, r) && count[r] < MOST)

inline finish(h, how) {
	assert(host[h] != ENDED && host[h] != NEVER);
	assert(how == ENDED || !ran[h]);
	host[h] = how;
	ends++
}

inline release(h, r) {
	assert(has[AT(h, r)]); /* no honest relay is taken for a hostile one */
	has[AT(h, r)] = false;
	count[r]--
}

inline leave(r) {
	if
	:: relay[r] == WORKING -> relay[r] = LEAVING
	:: else
	fi
}

inline give(h, r) {
	d_step {
		mayGrant(h, r) ->
		host[h] = GRANTED; had[AT(h, r)] = true; has[AT(h, r)] = true; count[r]++;
		if
		:: cut[r]
		:: else -> there[r]!grant,h
		fi
	}
}

/* A host that waits when nobody may get it any more. */
inline giveUp(h) {
	d_step { host[h] == WAITING && (draining || nobody(h)) -> finish(h, NEVER) }
}

inline hear(r) {
	d_step {
		relay[r] != LOST && nempty(back[r]) ->
		back[r]?what,h;
		if
		:: what == start ->
			assert(has[AT(h, r)] && host[h] == GRANTED);
			host[h] = BEGUN
		:: what == exited ->
			assert(host[h] == BEGUN);
			release(h, r);
			finish(h, ENDED)
		:: what == notStarted ->
			assert(host[h] == GRANTED);
			release(h, r);
			if
			:: draining -> finish(h, NEVER)
			:: else -> leave(r); host[h] = WAITING
			fi
		:: what == stopped ->
			assert(host[h] == BEGUN);
			release(h, r);
			leave(r);
			finish(h, ENDED)
		:: what == unreachable ->
			assert(host[h] == GRANTED);
			release(h, r);
			if
			:: !saved[h] && !draining && !nobody(h) -> saved[h] = true; host[h] = WAITING
			:: else -> finish(h, NEVER)
			fi
		fi;
		what = 0; h = 0
	}
}

inline lose(r) {
	d_step {
		cut[r] && relay[r] != LOST ->
		relay[r] = LOST;
		do
		:: nempty(back[r]) -> back[r]?what,h
		:: else -> break
		od;
		for (h : 0 .. HOSTS - 1) {
			if
			:: has[AT(h, r)] ->
				release(h, r);
#if defined(AGAIN)
				host[h] = WAITING
#elif !defined(FORGET)
				finish(h, ENDED)
#endif
			:: else
			fi
		}
		what = 0; h = 0
	}
}

inline drainAll() {
	d_step {
		!draining -> draining = true;
		for (h : 0 .. RELAYS - 1) {
			if
			:: cut[h] || relay[h] == LOST
			:: else -> there[h]!drain,0
			fi
		}
		h = 0
	}
}

active proctype root() {
	byte h;
	mtype what;
	do
	:: give(0, 0)
	:: give(0, 1)
	:: give(1, 0)
	:: give(1, 1)
	:: giveUp(0)
	:: giveUp(1)
#if HOSTS > 2
	:: give(2, 0)
	:: give(2, 1)
	:: giveUp(2)
#endif
	:: hear(0)
	:: hear(1)
	:: lose(0)
	:: lose(1)
	:: drainAll()
	:: ends == HOSTS -> break
	od
}

/* What a relay reports of a host, if the link stands. */
inline report(what, h) {
	if
	:: cut[r]
	:: else -> back[r]!what,h
	fi
}

inline over(h, how) {
	at[AT(h, r)] = 0;
	open[r]--;
	report(how, h)
}

inline begin(h) {
	d_step {
		at[AT(h, r)] == WAITS && !drained[r] ->
		at[AT(h, r)] = RUNS;
		assert(!ran[h] && host[h] != NEVER);
		ran[h] = true;
		report(start, h)
	}
}

inline fail(h) { d_step { at[AT(h, r)] == WAITS && !drained[r] -> over(h, unreachable) } }

inline refuse(h) { d_step { at[AT(h, r)] == WAITS && drained[r] -> over(h, notStarted) } }

inline end(h) {
	d_step {
		at[AT(h, r)] == RUNS ->
		if
		:: signalled[r] -> over(h, stopped)
		:: else -> over(h, exited)
		fi
	}
}

inline take() {
	d_step {
		nempty(there[r]) ->
		there[r]?what,h;
		if
		:: what == drain -> drained[r] = true
		:: else ->
			assert(at[AT(h, r)] == 0 && open[r] < MOST); /* the root keeps its own rule */
			at[AT(h, r)] = WAITS;
			open[r]++
		fi;
		what = 0; h = 0
	}
}

/* The relay notices that the link is broken, and stops what it has. */
inline stop() {
	d_step {
		cut[r] ->
		for (h : 0 .. HOSTS - 1) { at[AT(h, r)] = 0 }
		do
		:: nempty(there[r]) -> there[r]?what,h
		:: else -> break
		od;
		open[r] = 0; drained[r] = false; signalled[r] = false; what = 0; h = 0
	}
}

active [RELAYS] proctype server() {
	byte r = _pid - 1, h;
	mtype what;
	do
	:: take()
	:: begin(0)
	:: begin(1)
	:: fail(0)
	:: fail(1)
	:: refuse(0)
	:: refuse(1)
	:: end(0)
	:: end(1)
#if HOSTS > 2
	:: begin(2)
	:: fail(2)
	:: refuse(2)
	:: end(2)
#endif
	:: d_step { r == 0 && !signalled[r] -> signalled[r] = true; drained[r] = true }
	:: stop() -> break
	:: ends == HOSTS -> break
	od
}

/* The links. */
active [RELAYS] proctype breaker() {
	byte r = _pid - RELAYS - 1;
	if
	:: cut[r] = true
	:: skip
	fi
}
