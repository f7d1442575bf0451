/*-------------------------------------------------------------------------
 *
 * window.c
 *	  OFFSET and LIMIT of a node that skips rows by their number.
 *
 * Such a node stands in the place of PostgreSQL's Limit, and what it does must
 * not be told from that: when the expressions are evaluated, what errors they
 * give, and where a cursor ends that goes back and forth (nodeLimit.c).
 *
 * Copyright (c) 2026, the smol developers
 *
 * IDENTIFICATION
 *	  src/exec/window.c
 *
 *-------------------------------------------------------------------------
 */
#include "smol.h"

#include "exec/smolwindow.h"
#include "executor/executor.h"

SmolWindow *
smol_init_window(PlanState *planstate, Expr *offset, Expr *count)
{
	SmolWindow *window = palloc0(sizeof(SmolWindow));

	window->offset_expr = ExecInitExpr(offset, planstate);
	window->count_expr = ExecInitExpr(count, planstate);
	window->econtext = CreateExprContext(planstate->state);
	return window;
}

/* A number of rows, or what NULL stands for. */
static int64
eval_rows(SmolWindow *window, ExprState *expr, int64 none)
{
	bool		isnull;
	Datum		value = ExecEvalExprSwitchContext(expr, window->econtext, &isnull);

	return isnull ? none : DatumGetInt64(value);
}

/*
 * Evaluate OFFSET and LIMIT, before the first row of a rescan.
 */
void
smol_eval_window(SmolWindow *window)
{
	ResetExprContext(window->econtext);
	window->offset = eval_rows(window, window->offset_expr, 0);
	if (window->offset < 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_ROW_COUNT_IN_RESULT_OFFSET_CLAUSE),
				 errmsg("OFFSET must not be negative")));
	window->count = eval_rows(window, window->count_expr, PG_INT64_MAX);
	if (window->count < 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_ROW_COUNT_IN_LIMIT_CLAUSE),
				 errmsg("LIMIT must not be negative")));
	window->place = SMOL_WINDOW_BEFORE;
	window->row = 0;
	window->evaluated = true;
}

/*
 * Where does a step lead, along the order of the rows or back?  At the ends of the
 * window the scan stays at the row that it has, and the way back leads there.
 */
SmolWindowStep
smol_step_window(SmolWindow *window, bool forward)
{
	SmolWindowPlace place = window->place;

	if (place == SMOL_WINDOW_ON)
	{
		if (window->row == (forward ? window->count : 1))
		{
			window->place = forward ? SMOL_WINDOW_BEHIND : SMOL_WINDOW_BEFORE;
			return SMOL_WINDOW_NOTHING;
		}
		window->row += forward ? 1 : -1;
		return SMOL_WINDOW_STEP;
	}

	/* further out, or nothing is inside */
	if (forward != (place == SMOL_WINDOW_BEFORE))
		return SMOL_WINDOW_NOTHING;
	if (forward ? window->count == 0 : window->row == 0)
		return SMOL_WINDOW_NOTHING;

	/* back in */
	window->place = SMOL_WINDOW_ON;
	if (place == SMOL_WINDOW_ENDED)
		return SMOL_WINDOW_STEP;
	if (window->row > 0)
		return SMOL_WINDOW_STAY;
	window->row = 1;
	return SMOL_WINDOW_STEP;
}

/* The scan has stepped forward, and found no row. */
void
smol_end_window(SmolWindow *window)
{
	window->row--;
	window->place = SMOL_WINDOW_ENDED;
}
