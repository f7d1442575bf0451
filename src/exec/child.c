/*-------------------------------------------------------------------------
 *
 * child.c
 *	  The child of a node, which is the ordinary plan, and what else is
 *	  initialised when it is needed, as if it had been when the node was.
 *
 * Whoever has the executor begin is asked whether functions may be called.  By the
 * time that rows are asked for that may be another: a cursor that a SECURITY
 * DEFINER function has opened.
 *
 * Copyright (c) 2026, the smol developers
 *
 * IDENTIFICATION
 *	  src/exec/child.c
 *
 *-------------------------------------------------------------------------
 */
#include "smol.h"

#include "exec/smolexec.h"
#include "executor/executor.h"
#include "miscadmin.h"

void
smol_note_caller(SmolCaller *caller)
{
	GetUserIdAndSecContext(&caller->userid, &caller->sec_context);
}

/* An error resets the user, too: it ends the transaction or subtransaction. */
void
smol_become(const SmolCaller *caller)
{
	SetUserIdAndSecContext(caller->userid, caller->sec_context);
}

PlanState *
smol_init_child(CustomScanState *css, int eflags, const SmolCaller *caller)
{
	CustomScan *cscan = (CustomScan *) css->ss.ps.plan;
	EState	   *estate = css->ss.ps.state;
	MemoryContext old = MemoryContextSwitchTo(estate->es_query_cxt);
	SmolCaller	now;
	PlanState  *child;

	smol_note_caller(&now);
	smol_become(caller);
	child = ExecInitNode(linitial(cscan->custom_plans), estate, eflags);
	smol_become(&now);
	css->custom_ps = list_make1(child);
	MemoryContextSwitchTo(old);
	return child;
}
