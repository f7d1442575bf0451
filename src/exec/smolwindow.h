/*-------------------------------------------------------------------------
 *
 * smolwindow.h
 *	  OFFSET and LIMIT of a node that skips rows by their number.
 *
 * Copyright (c) 2026, the smol developers
 *
 * IDENTIFICATION
 *	  src/exec/smolwindow.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef SMOLWINDOW_H
#define SMOLWINDOW_H

#include "nodes/execnodes.h"
#include "nodes/primnodes.h"

/* Where a scan through a window stands. */
typedef enum SmolWindowPlace
{
	SMOL_WINDOW_BEFORE,			/* before the first row, which the scan may
								 * have come back from */
	SMOL_WINDOW_ON,				/* on a row */
	SMOL_WINDOW_BEHIND,			/* behind the last row that LIMIT lets
								 * through, where the scan still stands */
	SMOL_WINDOW_ENDED,			/* behind the scan's last row */
} SmolWindowPlace;

typedef struct SmolWindow
{
	ExprState  *offset_expr;
	ExprState  *count_expr;
	ExprContext *econtext;

	/* of the present rescan */
	bool		evaluated;
	int64		offset;
	int64		count;			/* PG_INT64_MAX: all */
	SmolWindowPlace place;
	int64		row;			/* the scan's, from 1 in the window; 0: none
								 * yet */
} SmolWindow;

/* What a step in the window comes to. */
typedef enum SmolWindowStep
{
	SMOL_WINDOW_NOTHING,		/* there is no row */
	SMOL_WINDOW_STAY,			/* the row that the scan stands at */
	SMOL_WINDOW_STEP,			/* the scan's next row in this direction */
} SmolWindowStep;

extern SmolWindow *smol_init_window(PlanState *planstate, Expr *offset, Expr *count);
extern void smol_eval_window(SmolWindow *window);
extern SmolWindowStep smol_step_window(SmolWindow *window, bool forward);
extern void smol_end_window(SmolWindow *window);

#endif							/* SMOLWINDOW_H */
