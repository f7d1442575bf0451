/*-------------------------------------------------------------------------
 *
 * shared_verdict.c
 *	  A verdict that the participants of a parallel scan share.
 *
 * The first that asks has to find it, the others wait.  All have the same
 * snapshot, and want the same rows; so it is theirs, too.
 *
 * Copyright (c) 2026, the smol developers
 *
 * IDENTIFICATION
 *	  src/tree/shared_verdict.c
 *
 *-------------------------------------------------------------------------
 */
#include "smol.h"

#include "tree/smolverdict.h"
#include "utils/wait_event.h"

void
smol_init_shared_verdict(SmolSharedVerdict *shared)
{
	memset(shared, 0, sizeof(*shared));
	SpinLockInit(&shared->mutex);
	ConditionVariableInit(&shared->ready);
}

/* A rescan; nobody else is at work on the scan. */
void
smol_renew_shared_verdict(SmolSharedVerdict *shared)
{
	SpinLockAcquire(&shared->mutex);
	if (shared->stage == SMOL_VERDICT_READY)
		shared->stage = SMOL_VERDICT_NONE;
	SpinLockRelease(&shared->mutex);
}

/* pg_stat_activity.wait_event of a participant that waits for the verdict */
static uint32
verdict_wait_event(void)
{
	static uint32 event = 0;

	if (event == 0)
		event = WaitEventExtensionNew("SmolVerdict");
	return event;
}

/*
 * Get the verdict that another participant has or will have; false if it is
 * ours to find and to announce.
 */
bool
smol_await_verdict(SmolSharedVerdict *shared, SmolVerdict *verdict)
{
	SmolVerdictStage stage;

	for (;;)
	{
		SpinLockAcquire(&shared->mutex);
		stage = shared->stage;
		if (stage == SMOL_VERDICT_NONE)
			shared->stage = SMOL_VERDICT_UNDER_WAY;
		SpinLockRelease(&shared->mutex);
		if (stage != SMOL_VERDICT_UNDER_WAY)
			break;

		/* an error in the one that judges ends us all */
		ConditionVariableSleep(&shared->ready, verdict_wait_event());
	}
	ConditionVariableCancelSleep();
	if (stage == SMOL_VERDICT_NONE)
		return false;
	*verdict = shared->verdict;
	return true;
}

/* Share our verdict; 'final' if it holds for all rescans. */
void
smol_announce_verdict(SmolSharedVerdict *shared, const SmolVerdict *verdict, bool final)
{
	shared->verdict = *verdict;
	SpinLockAcquire(&shared->mutex);
	shared->stage = final ? SMOL_VERDICT_FINAL : SMOL_VERDICT_READY;
	SpinLockRelease(&shared->mutex);
	ConditionVariableBroadcast(&shared->ready);
}
