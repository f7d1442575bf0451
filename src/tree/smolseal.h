/*-------------------------------------------------------------------------
 *
 * smolseal.h
 *	  The only door to "may I trust this index now?"
 *
 * Copyright (c) 2026, the smol developers
 *
 * IDENTIFICATION
 *	  src/tree/smolseal.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef SMOLSEAL_H
#define SMOLSEAL_H

#include "format/smolpage.h"
#include "storage/itemptr.h"
#include "tree/smoltree.h"
#include "tree/vismap.h"
#include "utils/rel.h"
#include "utils/snapshot.h"

typedef enum SmolSealState
{
	SMOL_SEAL_CURRENT,			/* content equals what the snapshot sees */
	SMOL_SEAL_WAITING,			/* can't tell; VACUUM of the table will help */
	SMOL_SEAL_STALE,			/* content differs, or will; REINDEX will help */
} SmolSealState;

/* Room for why an index can't be used. */
#define SMOL_REASON_SIZE	128

typedef struct SmolVerdict
{
	SmolSealState state;
	ItemPointerData witness;	/* CURRENT, and the index is not empty: a root
								 * TID that the snapshot sees a row at */
	uint32		pages_checked;	/* heap pages looked at */
	bool		any_clear;		/* a block was met whose bit is clear */
	bool		parts;			/* guesses, not CURRENT: ranges of the index
								 * may be proven all the same */
	char		reason[SMOL_REASON_SIZE];	/* not CURRENT: why, for people */
} SmolVerdict;

extern void smol_judge(Relation heap, Relation index,
					   const SmolMetaPageData *meta, Snapshot snapshot,
					   SmolVerdict *verdict);

/*
 * What is proven of an index for one snapshot, for whoever asks again and again
 * and wants some of the rows each time.  For each question: smol_claim_rows for
 * the rows that it is about, unless smol_wants_claims says that it doesn't
 * matter which; then smol_prove.
 */
typedef struct SmolProof
{
	Relation	heap;
	SmolReader *reader;
	Snapshot	snapshot;
	bool		settled;		/* the snapshot sees the builder as finished */
	int			verdicts;		/* of CURRENT */
	bool		everything;		/* all of the index is proven right */
	bool		tried_everything;
	uint64		spent;			/* on verdicts, in heap blocks swept */
	ItemPointerData claim_root; /* a root TID on the first claim */
	ItemPointerData witness;	/* of the proven blocks; invalid: none yet */
	SmolBlockSet proven;		/* heap blocks whose rows are proven right */
	SmolBlockSet claims;		/* heap blocks that are to be */
} SmolProof;

extern void smol_init_proof(SmolProof *proof, Relation heap, SmolReader *reader,
							Snapshot snapshot);
extern bool smol_wants_claims(const SmolProof *proof);
extern uint64 smol_claim_rows(SmolProof *proof, SmolPos lo, SmolPos hi);
extern void smol_drop_claims(SmolProof *proof);
extern void smol_prove(SmolProof *proof, SmolVerdict *verdict);

extern bool smol_guess(Relation heap, Relation index, bool thorough,
					   BlockNumber *visible, SmolVerdict *verdict);
extern bool smol_guess_rows(Relation heap, SmolReader *reader, SmolPos lo, SmolPos hi);
extern bool smol_judge_for_probe(Relation heap, Relation index,
								 const SmolMetaPageData *meta,
								 ItemPointer witness);
extern bool smol_is_stale(Relation index);
extern bool smol_meta_is_readable(Relation index);
extern const char *smol_advice(Relation heap, Relation index,
							   const SmolVerdict *verdict);
extern bool smol_mark_stale(Relation heap, Relation index, const char *why);
extern void smol_void_index(Relation index);

extern BlockNumber smol_count_waiting(Relation heap, Relation index);

/* VACUUM: is any indexed row dead? */
typedef bool (*SmolDeadCallback) (ItemPointer root, void *arg);
extern bool smol_find_dead(Relation heap, Relation index,
						   SmolDeadCallback is_dead, void *arg);

#endif							/* SMOLSEAL_H */
