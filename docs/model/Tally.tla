------------------------------- MODULE Tally -------------------------------
(***************************************************************************)
(* One partition: its log, its chain of segments, and the tallies that      *)
(* take turns in following it. A tally builds its state out of the chain,   *)
(* decides the next records, and inserts one segment under the next         *)
(* sequence number, on the condition that nobody has inserted it before.    *)
(*                                                                          *)
(* A record is a ballot (a frame of one) or the close marker. A voter may   *)
(* send one ballot id again, and other ballot ids. Tallies crash at any     *)
(* step, believe themselves alone, and miss answers to inserts that were    *)
(* made.                                                                    *)
(***************************************************************************)
EXTENDS Integers, Sequences, FiniteSets

CONSTANTS
  Voters,
  Nobody,         \* is no voter
  BallotIds,      \* of each voter
  Tallies,
  MaxRecords,     \* the longest log
  MaxFaults,      \* crashes and lost answers
  Defect          \* what is broken on purpose, or "none"

VARIABLES
  log,            \* the records, in order
  acknowledged,   \* the ballots whose append was confirmed to the voter
  ledger,         \* the chain: each segment is [from, to, decisions]
  confirmed,      \* the offset that the log keeps for whoever comes next
  tally,          \* what each tally holds
  faults

vars == <<log, acknowledged, ledger, confirmed, tally, faults>>

Ballots == [voter : Voters, id : BallotIds]
Marker == [voter |-> Nobody, id |-> 0]
Down == [up |-> FALSE]

(* ------------------------------ the fold -------------------------------- *)

Closed(decided) == \E n \in 1..Len(decided) : decided[n].record = Marker

CountedVoters(decided) ==
  {decided[n].record.voter : n \in {m \in 1..Len(decided) : decided[m].as = "counted"}}

SeenBallots(decided) ==
  {decided[n].record : n \in {m \in 1..Len(decided) : decided[m].as # "marker"}}

(* A repeated ballot keeps its first decision; the copy decides nothing. *)
DecisionOn(decided, record) ==
  IF record = Marker THEN "marker"
  ELSE IF record \in SeenBallots(decided) THEN "copy"
  ELSE IF Closed(decided) THEN "election-closed"
  ELSE IF record.voter \in CountedVoters(decided) THEN "already-voted"
  ELSE "counted"

RECURSIVE Fold(_, _)
Fold(decided, records) ==
  IF records = <<>> THEN decided
  ELSE LET record == Head(records)
           entry == [record |-> record, as |-> DecisionOn(decided, record)]
       IN Fold(Append(decided, entry), Tail(records))

RECURSIVE DecisionsOf(_)
DecisionsOf(chain) ==
  IF chain = <<>> THEN <<>> ELSE Head(chain).decisions \o DecisionsOf(Tail(chain))

EndOf(chain) == IF chain = <<>> THEN 0 ELSE chain[Len(chain)].to

(* ------------------------------- actions -------------------------------- *)

Init ==
  /\ log = <<>>
  /\ acknowledged = {}
  /\ ledger = <<>>
  /\ confirmed = 0
  /\ tally = [t \in Tallies |-> Down]
  /\ faults = 0

(* The log has the record; the voter may learn of it, or not. *)
AppendBallot ==
  \E ballot \in Ballots, answered \in BOOLEAN :
    /\ Len(log) < MaxRecords
    /\ log' = Append(log, ballot)
    /\ acknowledged' = IF answered THEN acknowledged \cup {ballot} ELSE acknowledged
    /\ UNCHANGED <<ledger, confirmed, tally, faults>>

AppendMarker ==
  /\ Len(log) < MaxRecords
  /\ log' = Append(log, Marker)
  /\ UNCHANGED <<acknowledged, ledger, confirmed, tally, faults>>

(* A tally reads the chain. Others may be up: there is no lock. *)
Load(t) ==
  /\ ~tally[t].up
  /\ LET from == IF Defect = "start-at-confirmed" THEN confirmed ELSE EndOf(ledger)
         decided == IF Defect = "dedup-forgotten" THEN <<>> ELSE DecisionsOf(ledger)
     IN tally' = [tally EXCEPT ![t] =
          [up |-> TRUE, length |-> Len(ledger), position |-> from, decided |-> decided,
           segment |-> <<>>]]
  /\ UNCHANGED <<log, acknowledged, ledger, confirmed, faults>>

(* It decides the next records, as many as it likes. *)
Decide(t) ==
  /\ tally[t].up
  /\ tally[t].segment = <<>>
  /\ \E to \in (tally[t].position + 1)..Len(log) :
       LET records == SubSeq(log, tally[t].position + 1, to)
           all == Fold(tally[t].decided, records)
           segment == [from |-> tally[t].position, to |-> to,
                       decisions |-> SubSeq(all, Len(tally[t].decided) + 1, Len(all))]
       IN /\ tally' = [tally EXCEPT ![t].segment = <<segment>>]
          /\ confirmed' = IF Defect = "start-at-confirmed" THEN to ELSE confirmed
  /\ UNCHANGED <<log, acknowledged, ledger, faults>>

Free(t) == Defect = "no-condition" \/ Len(ledger) = tally[t].length

Inserted(t) ==
  LET segment == tally[t].segment[1]
  IN [tally[t] EXCEPT !.length = @ + 1, !.position = segment.to,
                      !.decided = @ \o segment.decisions, !.segment = <<>>]

(* The insert succeeds, or another tally was faster, and this one begins anew. *)
Insert(t) ==
  /\ tally[t].up
  /\ tally[t].segment # <<>>
  /\ IF Free(t)
     THEN /\ ledger' = ledger \o tally[t].segment
          /\ tally' = [tally EXCEPT ![t] = Inserted(t)]
          /\ confirmed' = tally[t].segment[1].to
     ELSE /\ tally' = [tally EXCEPT ![t] = Down]
          /\ UNCHANGED <<ledger, confirmed>>
  /\ UNCHANGED <<log, acknowledged, faults>>

(* The store inserts, and its answer is lost: the tally begins anew. *)
InsertUnanswered(t) ==
  /\ faults < MaxFaults
  /\ tally[t].up
  /\ tally[t].segment # <<>>
  /\ Free(t)
  /\ ledger' = ledger \o tally[t].segment
  /\ tally' = [tally EXCEPT ![t] =
       IF Defect = "insert-again" THEN [tally[t] EXCEPT !.length = @ + 1] ELSE Down]
  /\ faults' = faults + 1
  /\ UNCHANGED <<log, acknowledged, confirmed>>

Crash(t) ==
  /\ faults < MaxFaults
  /\ tally[t].up
  /\ tally' = [tally EXCEPT ![t] = Down]
  /\ faults' = faults + 1
  /\ UNCHANGED <<log, acknowledged, ledger, confirmed>>

Follow(t) == Load(t) \/ Decide(t) \/ Insert(t)

Next ==
  \/ AppendBallot
  \/ AppendMarker
  \/ \E t \in Tallies : Follow(t) \/ InsertUnanswered(t) \/ Crash(t)

(* Of the tallies that come and go, one keeps going in the end. *)
Spec == Init /\ [][Next]_vars /\ \A t \in Tallies : WF_vars(Follow(t))

(* ------------------------------ promises -------------------------------- *)

AcknowledgedIsDurable == \A ballot \in acknowledged : \E n \in 1..Len(log) : log[n] = ballot

Contiguous ==
  \A n \in 1..Len(ledger) : ledger[n].from = (IF n = 1 THEN 0 ELSE ledger[n - 1].to)

(* What the chain says is what a recount of the log says. *)
LedgerIsFoldOfLog == DecisionsOf(ledger) = Fold(<<>>, SubSeq(log, 1, EndOf(ledger)))

OneVoteEach ==
  LET decided == DecisionsOf(ledger)
  IN \A n, m \in 1..Len(decided) :
       n # m /\ decided[n].as = "counted" /\ decided[m].as = "counted"
         => decided[n].record.voter # decided[m].record.voter

(* The chain only grows. *)
Immutable == [][SubSeq(ledger', 1, Len(ledger)) = ledger]_vars

EverythingIsDecided == <>[](EndOf(ledger) = Len(log))

=============================================================================
