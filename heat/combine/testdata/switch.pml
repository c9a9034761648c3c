/* The switch between two checks with places, as package combine decides it. scripts/model checks it:
 * the assertions, and the ltl properties at the end.
 *
 * A cycle: something in the world changes, or nothing; each check runs once, in all places; the
 * switch looks at both. Time is counted in cycles. The model leaves out the rise and fall of a place,
 * which only delay its vote, and checks that need others. */

#define PLACES    3
#define QUORUM    18  /* per cent of the voters: more of them must see the service */
#ifndef VOTERS
#define VOTERS    50  /* per cent of the places must vote */
#endif
#define THRESHOLD 2
#define RISE      2
#define HOLD      3

#define PRIMARY   0
#define SECONDARY 1

/* The world. */
bool up[2] = true;        /* the services */
bool linked[PLACES] = true; /* the monitor reaches the place */
bool sees[PLACES] = true; /* the place reaches the services */
bool works = true;        /* the hook that moves the traffic */

/* What heat knows. */
byte bad[2], good[2];     /* checks in a row, up to THRESHOLD and RISE */
bool failed[2];
byte side = PRIMARY;
byte since = HOLD;        /* cycles since the last move, up to HOLD */
byte goodFor;             /* cycles for which the primary has been good, up to HOLD */
bool wasGood;

byte i, voted, ups;

inline world() {
	if
	:: skip
	:: up[PRIMARY] = !up[PRIMARY]
	:: up[SECONDARY] = !up[SECONDARY]
	:: select(i : 0 .. PLACES - 1); linked[i] = !linked[i]
	:: select(i : 0 .. PLACES - 1); sees[i] = !sees[i]
	:: works = !works
	fi;
	i = 0
}

inline repair(x) {
	assert(2 * voted >= PLACES);            /* no repair without a quorum of voters */
	assert(100 * ups <= QUORUM * voted);    /* nor where enough of them see the service */
	assert(ups < voted)                     /* nor of what every voter sees */
}

inline check(x) {
	voted = 0; ups = 0;
	for (i : 0 .. PLACES - 1) {
		if
		:: linked[i] -> voted++; ups = ups + (up[x] && sees[i])
		:: else
		fi
	}
	if
	:: voted == 0 || 100 * voted < VOTERS * PLACES -> good[x] = 0 /* unknown */
	:: else ->
		if
		:: 100 * ups > QUORUM * voted ->
			bad[x] = 0; failed[x] = false;
			good[x] = (good[x] < RISE -> good[x] + 1 : RISE)
		:: else ->
			good[x] = 0;
			bad[x] = (bad[x] < THRESHOLD -> bad[x] + 1 : THRESHOLD);
			if
			:: bad[x] == THRESHOLD -> failed[x] = true; repair(x)
			:: else
			fi
		fi
	fi;
	i = 0; voted = 0; ups = 0
}

inline move(to) {
	assert(side != to);                          /* moves alternate */
	assert(since == HOLD);                       /* one in each hold */
	assert(good[to] > 0 && !failed[to]);         /* to what is good: both failed change nothing */
	assert(to == PRIMARY || failed[PRIMARY]);    /* away only from what has failed */
	if
	:: works -> side = to; since = 0
	:: else                                      /* a hook that fails has moved nothing */
	fi
}

inline look() {
	if
	:: good[PRIMARY] > 0 && !failed[PRIMARY] && wasGood -> goodFor = (goodFor < HOLD -> goodFor + 1 : HOLD)
	:: else -> goodFor = 0
	fi;
	wasGood = good[PRIMARY] > 0 && !failed[PRIMARY];
	since = (since < HOLD -> since + 1 : HOLD);
	if
	:: since < HOLD
	:: since == HOLD && side == PRIMARY && failed[PRIMARY] && good[SECONDARY] > 0 && !failed[SECONDARY] -> move(SECONDARY)
	:: since == HOLD && side == SECONDARY && wasGood && good[PRIMARY] >= RISE && goodFor == HOLD -> move(PRIMARY)
	:: else
	fi
}

active proctype heat() {
	do
	:: world(); atomic { check(PRIMARY); check(SECONDARY); look() }
	od
}

#define CALM (works && linked[0] && linked[1] && linked[2] && sees[0] && sees[1] && sees[2])

/* When the primary is down for good, and all else is well, the traffic goes to the secondary for good. */
ltl there { <>[] (CALM && !up[PRIMARY] && up[SECONDARY]) -> <>[] (side == SECONDARY) }

/* When the primary is up for good, it comes back for good. */
ltl back { <>[] (CALM && up[PRIMARY]) -> <>[] (side == PRIMARY) }

/* When both are down for good, it stays where it is in the end. */
ltl stay { <>[] (CALM && !up[PRIMARY] && !up[SECONDARY]) -> (<>[] (side == PRIMARY) || <>[] (side == SECONDARY)) }

/* When no place is linked for good, nothing moves in the end: a monitor that is cut off. */
ltl cut { <>[] (!linked[0] && !linked[1] && !linked[2]) -> (<>[] (side == PRIMARY) || <>[] (side == SECONDARY)) }
