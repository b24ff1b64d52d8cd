------------------------------- MODULE Close -------------------------------
(***************************************************************************)
(* How an election ends: its end is announced ahead, ingests take ballots   *)
(* until then by the record that they believe, and acknowledge them a while *)
(* longer; whoever closes waits for both, replaces the record on condition  *)
(* that it is still the one that was read, and appends the close marker.    *)
(*                                                                          *)
(* Time is counted in ticks. Each process has a clock of its own, at most   *)
(* ClockError away from any other. Appends, replacements and the markers    *)
(* arrive late, or never. An admin extends the election at any moment.      *)
(***************************************************************************)
EXTENDS Integers, Sequences, FiniteSets

CONSTANTS
  Ballots,
  Ingests,
  Closers,        \* admins and timekeepers
  Announce,       \* how far ahead the end is set; an ingest believes its record for as long
  Drain,          \* ballots are acknowledged until so long after the end
  ClockError,     \* how far apart two clocks may be
  LastTick,
  MaxExtensions,
  Defect          \* what is broken on purpose, or "none"

VARIABLES
  now,            \* true time
  clock,          \* what each process adds to it
  record,         \* the registry's record
  announcing,     \* ends on their way to the registry: [closesAt, revision]
  believed,       \* each ingest's copy of it, and when it was read
  log,            \* ballots and markers, in order
  flying,         \* ballots on their way to the log: [ballot, by]
  acknowledged,
  closer,         \* what each closer saw, since when, and whether its markers are under way
  extensions

vars == <<now, clock, record, announcing, believed, log, flying, acknowledged, closer, extensions>>

Never == LastTick + 100
Marker == "marker"
Waits == [at |-> "idle"]
Timeless == <<record, announcing, believed, log, flying, acknowledged, closer, extensions>>

Reads(process) == now + clock[process]

Init ==
  /\ now = 0
  /\ clock \in [Ingests \cup Closers -> 0..ClockError]
  /\ record = [closesAt |-> Never, revision |-> 1, open |-> TRUE]
  /\ announcing = {}
  /\ believed = [i \in Ingests |-> [closesAt |-> Never, readAt |-> 0, open |-> TRUE]]
  /\ log = <<>>
  /\ flying = {}
  /\ acknowledged = {}
  /\ closer = [c \in Closers |-> Waits]
  /\ extensions = 0

Tick == now < LastTick /\ now' = now + 1 /\ UNCHANGED <<clock, Timeless>>

(* ------------------------------- ingest --------------------------------- *)

ReadRecord(i) ==
  /\ believed' = [believed EXCEPT ![i] =
       [closesAt |-> record.closesAt, readAt |-> now, open |-> record.open]]
  /\ UNCHANGED <<now, clock, announcing, record, log, flying, acknowledged, closer, extensions>>

IsFresh(i) == Defect = "stale-record-believed" \/ now - believed[i].readAt <= Announce

Taken == {f.ballot : f \in flying} \cup {log[n] : n \in 1..Len(log)}

Take(i, b) ==
  /\ b \notin Taken
  /\ IsFresh(i) /\ believed[i].open
  /\ Reads(i) < believed[i].closesAt
  /\ flying' = flying \cup {[ballot |-> b, by |-> i]}
  /\ UNCHANGED <<now, clock, announcing, record, believed, log, acknowledged, closer, extensions>>

(* The log takes it at any later time. *)
Arrive(f) ==
  /\ f.ballot \notin {log[n] : n \in 1..Len(log)}
  /\ log' = Append(log, f.ballot)
  /\ UNCHANGED <<now, clock, announcing, record, believed, flying, acknowledged, closer, extensions>>

MayAcknowledge(i) ==
  \/ Defect = "acknowledged-whenever-durable"
  \/ IsFresh(i) /\ Reads(i) < believed[i].closesAt + Drain

(* The answer is 202, or "unknown". *)
Answer(f) ==
  /\ f.ballot \in {log[n] : n \in 1..Len(log)}
  /\ flying' = flying \ {f}
  /\ acknowledged' = IF MayAcknowledge(f.by) THEN acknowledged \cup {f.ballot} ELSE acknowledged
  /\ UNCHANGED <<now, clock, announcing, record, believed, log, closer, extensions>>

(* ------------------------------- closing -------------------------------- *)

EndFor(c) == Reads(c) + Announce

(* Unless the end comes sooner already. *)
AnnounceEnd(c) ==
  /\ record.open
  /\ record.closesAt > EndFor(c)
  /\ announcing = {}
  /\ announcing' = {[closesAt |-> EndFor(c), revision |-> record.revision]}
  /\ UNCHANGED <<now, clock, record, believed, log, flying, acknowledged, closer, extensions>>

(* The registry may be so slow that the end is over when it is written. *)
EndIsWritten(a) ==
  /\ announcing' = {}
  /\ record' = IF record.revision = a.revision
               THEN [record EXCEPT !.closesAt = a.closesAt, !.revision = @ + 1] ELSE record
  /\ UNCHANGED <<now, clock, believed, log, flying, acknowledged, closer, extensions>>

Extend ==
  /\ record.open
  /\ record.closesAt < Never
  /\ extensions < MaxExtensions
  /\ extensions' = extensions + 1
  /\ record' = [record EXCEPT !.closesAt = @ + 2, !.revision = @ + 1]
  /\ UNCHANGED <<now, clock, announcing, believed, log, flying, acknowledged, closer>>

(* A closer reads the record, and waits from then on. *)
See(c) ==
  /\ closer[c] = Waits
  /\ record.open
  /\ record.closesAt < Never
  /\ closer' = [closer EXCEPT ![c] =
       [at |-> "waiting", seenAt |-> now, closesAt |-> record.closesAt,
        revision |-> record.revision]]
  /\ UNCHANGED <<now, clock, announcing, record, believed, log, flying, acknowledged, extensions>>

HasWaited(c) ==
  LET error == IF Defect = "clock-error-forgotten" THEN 0 ELSE ClockError
      drain == IF Defect = "drain-forgotten" THEN 0 ELSE Drain
  IN /\ Defect = "unseen-records-forgotten" \/ now - closer[c].seenAt >= Drain
     /\ Reads(c) >= closer[c].closesAt + drain + error

(* Replaces the record if it is the one it saw; else it begins anew. *)
Replace(c) ==
  /\ closer[c].at = "waiting"
  /\ HasWaited(c)
  /\ IF Defect = "extension-overridden" \/ record.revision = closer[c].revision
     THEN /\ record' = [record EXCEPT !.open = FALSE, !.revision = @ + 1]
          /\ closer' = [closer EXCEPT ![c].at = "closed"]
     ELSE /\ closer' = [closer EXCEPT ![c] = Waits]
          /\ UNCHANGED record
  /\ UNCHANGED <<now, clock, announcing, believed, log, flying, acknowledged, extensions>>

(* Late markers of others follow the first one; the fold ignores them. *)
AppendMarker(c) ==
  /\ closer[c].at = "closed"
  /\ log' = Append(log, Marker)
  /\ closer' = [closer EXCEPT ![c].at = "done"]
  /\ UNCHANGED <<now, clock, announcing, record, believed, flying, acknowledged, extensions>>

Next ==
  \/ Tick
  \/ Extend
  \/ \E i \in Ingests : ReadRecord(i) \/ \E b \in Ballots : Take(i, b)
  \/ \E a \in announcing : EndIsWritten(a)
  \/ \E f \in flying : Arrive(f) \/ Answer(f)
  \/ \E c \in Closers : AnnounceEnd(c) \/ See(c) \/ Replace(c) \/ AppendMarker(c)

Spec == Init /\ [][Next]_vars

(* ------------------------------ promises -------------------------------- *)

FirstMarker == CHOOSE n \in 1..Len(log) :
  log[n] = Marker /\ \A m \in 1..(n - 1) : log[m] # Marker

NobodyAcknowledgedIsClosedOut ==
  Marker \in {log[n] : n \in 1..Len(log)} =>
    \A b \in acknowledged : \E n \in 1..(FirstMarker - 1) : log[n] = b

(* No marker before the end that the record says, an extension included. *)
AnExtensionWins ==
  Marker \in {log[n] : n \in 1..Len(log)} =>
    now + ClockError >= record.closesAt + Drain
=============================================================================
