/*-------------------------------------------------------------------------
 *
 * smolverdict.h
 *	  A verdict that the participants of a parallel scan share.
 *
 * Copyright (c) 2026, the smol developers
 *
 * IDENTIFICATION
 *	  src/tree/smolverdict.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef SMOLVERDICT_H
#define SMOLVERDICT_H

#include "storage/condition_variable.h"
#include "storage/spin.h"
#include "tree/smolseal.h"

typedef enum SmolVerdictStage
{
	SMOL_VERDICT_NONE,
	SMOL_VERDICT_UNDER_WAY,		/* somebody is at it */
	SMOL_VERDICT_READY,			/* for this rescan */
	SMOL_VERDICT_FINAL,			/* for all rescans */
} SmolVerdictStage;

/* In shared memory. */
typedef struct SmolSharedVerdict
{
	slock_t		mutex;
	ConditionVariable ready;	/* signalled when there is a verdict */
	SmolVerdictStage stage;
	SmolVerdict verdict;
} SmolSharedVerdict;

extern void smol_init_shared_verdict(SmolSharedVerdict *shared);
extern void smol_renew_shared_verdict(SmolSharedVerdict *shared);
extern bool smol_await_verdict(SmolSharedVerdict *shared, SmolVerdict *verdict);
extern void smol_announce_verdict(SmolSharedVerdict *shared,
								  const SmolVerdict *verdict, bool final);

#endif							/* SMOLVERDICT_H */
