/*-------------------------------------------------------------------------
 *
 * scan.c
 *	  SmolScan: a custom scan node that returns the rows of a smol index.
 *
 * Rows come in batches, as columns (batches.c), and leave one by one in a virtual
 * slot, with the columns that are asked for and no others.  Where the plan wants
 * nothing computed and no further qual asked, a row is a few loads and stores.
 *
 * When the first row of a rescan is asked for, the node asks for the verdict on
 * its ranges.  If the index may not be used, the rows of this rescan come from the
 * child instead, which is the ordinary plan with all quals: it is initialised only
 * then, if that is possible.
 *
 * Where OFFSET rows are to be left out of a range of the index, the node is that of
 * OFFSET and LIMIT, too (window.c), and so is its child: the rows up to there are
 * not read.
 *
 * Nothing is made for EvalPlanQual here: no such node is planned in a query that
 * could need it.
 *
 * Copyright (c) 2026, the smol developers
 *
 * IDENTIFICATION
 *	  src/exec/scan.c
 *
 *-------------------------------------------------------------------------
 */
#include "smol.h"

#include "access/genam.h"
#include "access/parallel.h"
#include "access/sysattr.h"
#include "commands/explain.h"
#include "commands/explain_format.h"
#include "commands/explain_state.h"
#include "exec/smolexec.h"
#include "exec/smolwindow.h"
#include "executor/executor.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "nodes/value.h"
#include "optimizer/optimizer.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/ruleutils.h"

typedef enum ScanMode
{
	SCAN_UNDECIDED,
	SCAN_INDEX,					/* the index is right for the snapshot, as far
								 * as this rescan needs it */
	SCAN_HEAP,					/* run the child */
} ScanMode;

/* A column that is returned: from the index to an attribute of the slot. */
typedef struct OutColumn
{
	int			column;			/* of the index, from 0 */
	int			attribute;		/* of the slot, from 0 */
	uint8		image;
	bool		by_value;

	/* of the batch at hand */
	const Datum *datums;		/* by value */
	const int64 *words;			/* by reference: decimals */
	const SmolSlice *slices;	/* by reference: others */
	const int64 *nulls;			/* NULL: none */

	Datum	   *converted;		/* by value, where words aren't Datums */

	/* by reference: the value made last, and what of */
	char	   *value;
	Size		value_room;
	bool		have_value;
	int64		last_word;
	SmolSlice	last_slice;
} OutColumn;

typedef struct SmolScanState
{
	CustomScanState css;
	Relation	index;
	bool		backward;		/* in the plan */
	SmolConditions *conditions;
	SmolBatchScan *batches;
	SmolWindow *window;			/* OFFSET and LIMIT; NULL: all rows */
	ScanMode	mode;
	int			eflags;
	SmolCaller	caller;
	bool		direct;			/* rows are returned as they come */
	bool		started;		/* since the last rescan */

	/* the child, and the attributes of the scan slot that it returns */
	PlanState  *child;
	int			nchild_columns;
	int		   *child_columns;

	/* what is returned */
	TupleTableSlot *slot;
	int			ncolumns;
	OutColumn  *columns;
	int			nsimple;		/* by value; these stand first */
	bool		simple;			/* all are, and without NULLs in this batch */

	/* the batch at hand */
	int64		rows;			/* that pass */
	int64		at;				/* the row returned last, among these */
	const uint16 *selection;
	uint64		batch_number;

	/* the mark */
	bool		mark_positioned;
	SmolMark	mark;
	uint64		mark_batch;
	int64		mark_at;
} SmolScanState;

static Node *create_state(CustomScan *plan);
static void begin(CustomScanState *css, EState *estate, int eflags);
static TupleTableSlot *exec(CustomScanState *css);
static void end(CustomScanState *css);
static void rescan(CustomScanState *css);
static void mark(CustomScanState *css);
static void restore(CustomScanState *css);
static Size estimate_dsm(CustomScanState *css, ParallelContext *pcxt);
static void initialize_dsm(CustomScanState *css, ParallelContext *pcxt, void *coordinate);
static void reinitialize_dsm(CustomScanState *css, ParallelContext *pcxt, void *coordinate);
static void initialize_worker(CustomScanState *css, shm_toc *toc, void *coordinate);
static void stop(CustomScanState *css);
static void explain(CustomScanState *css, List *ancestors, ExplainState *es);

const CustomScanMethods smol_scan_methods = {
	.CustomName = "SmolScan",
	.CreateCustomScanState = create_state,
};

static const CustomExecMethods exec_methods = {
	.CustomName = "SmolScan",
	.BeginCustomScan = begin,
	.ExecCustomScan = exec,
	.EndCustomScan = end,
	.ReScanCustomScan = rescan,
	.MarkPosCustomScan = mark,
	.RestrPosCustomScan = restore,
	.EstimateDSMCustomScan = estimate_dsm,
	.InitializeDSMCustomScan = initialize_dsm,
	.ReInitializeDSMCustomScan = reinitialize_dsm,
	.InitializeWorkerCustomScan = initialize_worker,
	.ShutdownCustomScan = stop,
	.ExplainCustomScan = explain,
};

static inline SmolScanState *
get_state(CustomScanState *css)
{
	return (SmolScanState *) css;
}

static Node *
get_private(SmolScanState *node, int which)
{
	return list_nth(((CustomScan *) node->css.ss.ps.plan)->custom_private, which);
}

static Node *
create_state(CustomScan *plan)
{
	SmolScanState *node = (SmolScanState *) newNode(sizeof(SmolScanState),
													T_CustomScanState);

	node->css.methods = &exec_methods;
	node->css.slotOps = &TTSOpsVirtual;
	return (Node *) node;
}

/* ---- columns ---- */

static void
add_column(SmolScanState *node, int column, int attribute)
{
	OutColumn  *out = &node->columns[node->ncolumns];
	uint8		image = node->batches->reader->meta.columns[column].image;
	bool		by_value = SmolImageIsWord(image) && image != SMOL_IMAGE_DECIMAL;

	/* those by value stand first */
	if (by_value)
	{
		node->columns[node->ncolumns] = node->columns[node->nsimple];
		out = &node->columns[node->nsimple++];
	}
	node->ncolumns++;
	memset(out, 0, sizeof(*out));
	out->column = column;
	out->attribute = attribute;
	out->image = image;
	out->by_value = by_value;
}

/* Is every column of the target list one of the scan tuple, as it is? */
static bool
is_plain_tlist(const List *tlist)
{
	ListCell   *lc;

	foreach(lc, tlist)
	{
		const Var  *var = (const Var *) lfirst_node(TargetEntry, lc)->expr;

		if (!IsA(var, Var) || var->varno != INDEX_VAR)
			return false;
	}
	return true;
}

/*
 * Which columns to fill in: those of the result, if rows can be returned as they
 * come; or else those of the scan tuple that quals and projection refer to.
 */
static void
choose_columns(SmolScanState *node)
{
	Plan	   *plan = node->css.ss.ps.plan;

	node->direct = plan->qual == NIL && is_plain_tlist(plan->targetlist);
	if (node->direct)
	{
		ListCell   *lc;

		node->slot = node->css.ss.ps.ps_ResultTupleSlot;
		node->columns = palloc0(sizeof(OutColumn) * (list_length(plan->targetlist) + 1));
		foreach(lc, plan->targetlist)
			add_column(node, ((Var *) lfirst_node(TargetEntry, lc)->expr)->varattno - 1,
					   foreach_current_index(lc));
	}
	else
	{
		Bitmapset  *needed = NULL;
		int			natts;
		int			member = -1;

		node->slot = node->css.ss.ss_ScanTupleSlot;
		natts = node->slot->tts_tupleDescriptor->natts;
		node->columns = palloc0(sizeof(OutColumn) * (natts + 1));
		pull_varattnos((Node *) plan->targetlist, INDEX_VAR, &needed);
		pull_varattnos((Node *) plan->qual, INDEX_VAR, &needed);
		while ((member = bms_next_member(needed, member)) >= 0)
		{
			int			attno = member + FirstLowInvalidHeapAttributeNumber;

			Assert(attno > 0 && attno <= natts);
			add_column(node, attno - 1, attno - 1);
		}
		memset(node->slot->tts_isnull, true, natts);
	}
}

/* Words as the Datums that heap_deform_tuple would give. */
static void
convert_words(OutColumn *out, const int64 *words, uint32 n)
{
	Datum	   *to = out->converted;

	switch ((SmolImage) out->image)
	{
		case SMOL_IMAGE_UINT1:
			for (uint32 i = 0; i < n; i++)
				to[i] = CharGetDatum((char) words[i]);
			break;
		case SMOL_IMAGE_UINT4:
		case SMOL_IMAGE_FLOAT4:
			for (uint32 i = 0; i < n; i++)
				to[i] = Int32GetDatum((int32) words[i]);
			break;
		default:
			Assert(out->image == SMOL_IMAGE_UINT8);
			for (uint32 i = 0; i < n; i++)
				to[i] = (Datum) smol_flip_sign(words[i]);
	}
}

/* Get the columns of a new batch ready. */
static void
load_columns(SmolScanState *node)
{
	SmolBatchScan *scan = node->batches;

	node->simple = node->nsimple == node->ncolumns;
	for (int c = 0; c < node->ncolumns; c++)
	{
		OutColumn  *out = &node->columns[c];

		out->nulls = smol_batch_nulls(scan, out->column);
		if (out->nulls)
			node->simple = false;
		if (!out->by_value)
		{
			/* slices of the leaf before are no more */
			if (out->image == SMOL_IMAGE_DECIMAL)
				out->words = smol_batch_words(scan, out->column);
			else
			{
				out->slices = smol_batch_slices(scan, out->column);
				out->have_value = false;
			}
			continue;
		}
		switch ((SmolImage) out->image)
		{
			case SMOL_IMAGE_UINT1:
			case SMOL_IMAGE_UINT4:
			case SMOL_IMAGE_UINT8:
			case SMOL_IMAGE_FLOAT4:
				if (out->converted == NULL)
					out->converted = MemoryContextAlloc(node->css.ss.ps.state->es_query_cxt,
														sizeof(Datum) * SMOL_BATCH_ROWS);
				convert_words(out, smol_batch_words(scan, out->column),
							  (uint32) scan->batch.n);
				out->datums = out->converted;
				break;
			default:
				out->datums = (const Datum *) smol_batch_words(scan, out->column);
		}
	}
}

/*
 * A value by reference.  It stays where it is until another is made: equal ones
 * often follow one another, as one string in one place.
 */
static Datum
make_value(SmolScanState *node, OutColumn *out, uint32 i)
{
	const SmolColumnDesc *desc = &node->batches->reader->meta.columns[out->column];
	int64		word = out->image == SMOL_IMAGE_DECIMAL ? out->words[i] : 0;
	SmolSlice	slice = {NULL, 0};
	Size		need;

	if (out->image != SMOL_IMAGE_DECIMAL)
		slice = out->slices[i];
	if (out->have_value && out->last_word == word &&
		out->last_slice.ptr == slice.ptr && out->last_slice.len == slice.len)
		return PointerGetDatum(out->value);

	need = smol_datum_room(desc, slice);
	if (out->value_room < need)
	{
		if (out->value)
			pfree(out->value);
		out->value_room = 0;
		need = Max(need, 64);
		out->value = MemoryContextAlloc(node->css.ss.ps.state->es_query_cxt, need);
		out->value_room = need;
	}
	out->last_word = word;
	out->last_slice = slice;
	out->have_value = true;
	return smol_make_datum(desc, word, slice, out->value);
}

/* Fill the slot with row i of the batch: any columns, NULLs. */
static void
fill_slot(SmolScanState *node, uint32 i)
{
	Datum	   *values = node->slot->tts_values;
	bool	   *isnull = node->slot->tts_isnull;

	for (int c = 0; c < node->ncolumns; c++)
	{
		OutColumn  *out = &node->columns[c];
		int			att = out->attribute;

		isnull[att] = out->nulls && out->nulls[i] != 0;
		if (isnull[att])
			values[att] = (Datum) 0;
		else if (out->by_value)
			values[att] = out->datums[i];
		else
			values[att] = make_value(node, out, i);
	}
}

/* ---- the verdict ---- */

/* Initialise the child, in execution or before. */
static void
init_child(SmolScanState *node)
{
	List	   *columns = (List *) get_private(node, SMOL_SCAN_FALLBACK);
	MemoryContext old;
	ListCell   *lc;

	node->child = smol_init_child(&node->css, node->eflags, &node->caller);
	old = MemoryContextSwitchTo(node->css.ss.ps.state->es_query_cxt);
	node->nchild_columns = list_length(columns);
	node->child_columns = palloc(sizeof(int) * (node->nchild_columns + 1));
	foreach(lc, columns)
		node->child_columns[foreach_current_index(lc)] = lfirst_int(lc);
	MemoryContextSwitchTo(old);
}

/* Where are the rows of this rescan to come from? */
static void
decide(SmolScanState *node)
{
	smol_rescan_batches(node->batches);
	if (smol_judge_batches(node->batches))
	{
		node->mode = SCAN_INDEX;
		return;
	}
	if (node->child == NULL)
		init_child(node);
	node->mode = SCAN_HEAP;
}

/*
 * A row of the child, as a scan tuple.  It has passed the quals.
 */
static TupleTableSlot *
next_from_child(SmolScanState *node)
{
	TupleTableSlot *from = ExecProcNode(node->child);
	TupleTableSlot *to = node->css.ss.ss_ScanTupleSlot;
	ProjectionInfo *projection = node->css.ss.ps.ps_ProjInfo;

	ExecClearTuple(to);
	if (TupIsNull(from))
		return projection ? ExecClearTuple(node->css.ss.ps.ps_ResultTupleSlot) : to;

	/* a Sort may have more: expressions to sort by, after these columns */
	slot_getsomeattrs(from, node->nchild_columns);
	memset(to->tts_isnull, true, to->tts_tupleDescriptor->natts);
	for (int i = 0; i < node->nchild_columns; i++)
	{
		to->tts_values[node->child_columns[i]] = from->tts_values[i];
		to->tts_isnull[node->child_columns[i]] = from->tts_isnull[i];
	}
	ExecStoreVirtualTuple(to);
	if (projection == NULL)
		return to;
	ResetExprContext(node->css.ss.ps.ps_ExprContext);
	node->css.ss.ps.ps_ExprContext->ecxt_scantuple = to;
	return ExecProject(projection);
}

/* ---- rows ---- */

/* Before the first row after a rescan; false if the child is to give it. */
static bool
start(SmolScanState *node)
{
	decide(node);
	node->started = true;
	if (node->mode == SCAN_HEAP)
		return false;
	node->rows = 0;
	node->at = -1;
	return true;
}

/* Stand before the first row, in a direction, of the batch that was just read. */
static void
take_batch(SmolScanState *node, bool forward)
{
	node->batch_number++;
	node->rows = (int64) node->batches->batch.nmatch;
	node->selection = smol_batch_selection(node->batches);
	node->at = forward ? -1 : node->rows;
	load_columns(node);
}

/*
 * Go on to the next batch in a direction, and its first row; false at the end.
 */
static bool
next_batch(SmolScanState *node, bool forward)
{
	node->rows = 0;
	node->selection = NULL;
	if (!smol_next_batch(node->batches, forward))
	{
		node->at = forward ? 0 : -1;
		return false;
	}
	take_batch(node, forward);
	node->at += forward ? 1 : -1;
	return true;
}

/* Put the row at hand into the slot. */
static inline void
put_row(SmolScanState *node)
{
	TupleTableSlot *slot = node->slot;
	uint32		i = node->selection ? node->selection[node->at] : (uint32) node->at;

	/* whoever materialised the last row has its memory freed */
	if (unlikely(TTS_SHOULDFREE(slot)))
		ExecClearTuple(slot);
	if (likely(node->simple))
	{
		for (int c = 0; c < node->ncolumns; c++)
		{
			const OutColumn *out = &node->columns[c];

			slot->tts_values[out->attribute] = out->datums[i];
			slot->tts_isnull[out->attribute] = false;
		}
	}
	else
		fill_slot(node, i);
	slot->tts_flags &= ~TTS_FLAG_EMPTY;
	slot->tts_nvalid = slot->tts_tupleDescriptor->natts;
}

/* Which way does a step lead in the index? */
static inline bool
steps_forward(const SmolScanState *node)
{
	return ScanDirectionIsForward(node->css.ss.ps.state->es_direction) != node->backward;
}

/*
 * Step to the next row and put it in the slot; false at the end.  This is the
 * hot path.
 */
static inline bool
step(SmolScanState *node)
{
	bool		forward = steps_forward(node);

	if (forward ? ++node->at >= node->rows : --node->at < 0)
	{
		if (!next_batch(node, forward))
		{
			ExecClearTuple(node->slot);
			return false;
		}
	}
	put_row(node);
	return true;
}

/* Rows as they come. */
static TupleTableSlot *
exec_direct(PlanState *ps)
{
	SmolScanState *node = (SmolScanState *) ps;

	CHECK_FOR_INTERRUPTS();
	if (unlikely(!node->started) && !start(node))
		return next_from_child(node);
	if (unlikely(node->mode == SCAN_HEAP))
		return next_from_child(node);
	(void) step(node);
	return node->slot;
}

/* Rows with quals to be asked, or something to be computed. */
static TupleTableSlot *
exec_project(PlanState *ps)
{
	SmolScanState *node = (SmolScanState *) ps;
	ExprContext *econtext = ps->ps_ExprContext;

	CHECK_FOR_INTERRUPTS();
	if (unlikely(!node->started) && !start(node))
		return next_from_child(node);
	if (unlikely(node->mode == SCAN_HEAP))
		return next_from_child(node);

	econtext->ecxt_scantuple = node->slot;
	while (step(node))
	{
		ResetExprContext(econtext);
		if (ps->qual == NULL || ExecQual(ps->qual, econtext))
			return ps->ps_ProjInfo ? ExecProject(ps->ps_ProjInfo) : node->slot;
		InstrCountFiltered1(node, 1);
		CHECK_FOR_INTERRUPTS();
	}
	return ps->ps_ProjInfo ? ExecClearTuple(ps->ps_ProjInfo->pi_state.resultslot) :
		node->slot;
}

/* Leave out the rows that OFFSET says. */
static void
skip_rows(SmolScanState *node)
{
	bool		forward = steps_forward(node);
	int64		rest = (int64) smol_skip_rows(node->batches, forward,
											  (uint64) node->window->offset);

	if (rest > 0)
	{
		take_batch(node, forward);
		node->at += forward ? rest : -rest;
	}
}

/* Rows of a window. */
static TupleTableSlot *
exec_window(PlanState *ps)
{
	SmolScanState *node = (SmolScanState *) ps;
	SmolWindow *window = node->window;
	ExprContext *econtext = ps->ps_ExprContext;
	bool		project = !node->direct && ps->ps_ProjInfo != NULL;
	bool		forward = ScanDirectionIsForward(ps->state->es_direction);
	SmolWindowStep where;

	CHECK_FOR_INTERRUPTS();
	if (!window->evaluated)
		smol_eval_window(window);
	if (node->mode == SCAN_HEAP)
		return next_from_child(node);
	where = smol_step_window(window, forward);
	if (where == SMOL_WINDOW_STEP && unlikely(!node->started))
	{
		if (!start(node))
			return next_from_child(node);
		skip_rows(node);
	}
	if (where == SMOL_WINDOW_STAY)
		put_row(node);
	else if (where == SMOL_WINDOW_NOTHING || !step(node))
	{
		if (where == SMOL_WINDOW_STEP)
			smol_end_window(window);
		return ExecClearTuple(project ? ps->ps_ResultTupleSlot : node->slot);
	}
	if (!project)
		return node->slot;
	ResetExprContext(econtext);
	econtext->ecxt_scantuple = node->slot;
	return ExecProject(ps->ps_ProjInfo);
}

static TupleTableSlot *
exec(CustomScanState *css)
{
	if (get_state(css)->window)
		return exec_window(&css->ss.ps);
	return get_state(css)->direct ? exec_direct(&css->ss.ps) : exec_project(&css->ss.ps);
}

/* ---- begin, end, rescan ---- */

static void
begin(CustomScanState *css, EState *estate, int eflags)
{
	SmolScanState *node = get_state(css);
	CustomScan *plan = (CustomScan *) css->ss.ps.plan;
	Oid			indexoid = (Oid) intVal(get_private(node, SMOL_SCAN_INDEX));
	LOCKMODE	lockmode;
	int			n;

	node->eflags = eflags;
	smol_note_caller(&node->caller);
	node->backward = boolVal(get_private(node, SMOL_SCAN_BACKWARD));

	/*
	 * Where others look at our state they must find the child there: EXPLAIN,
	 * and parallel query, which numbers and counts nodes before they run.
	 */
	if ((eflags & EXEC_FLAG_EXPLAIN_ONLY) ||
		estate->es_plannedstmt->parallelModeNeeded || IsParallelWorker())
		init_child(node);
	if (eflags & EXEC_FLAG_EXPLAIN_ONLY)
		return;

	n = list_length((List *) get_private(node, SMOL_SCAN_CONDITIONS));
	(void) smol_check_functions((Node *) list_copy_tail(plan->custom_exprs, n), NULL);
	lockmode = exec_rt_fetch(plan->scan.scanrelid, estate)->rellockmode;
	node->index = index_open(indexoid, lockmode);
	node->conditions = smol_init_conditions(&css->ss.ps, plan->custom_exprs,
											(List *) get_private(node, SMOL_SCAN_CONDITIONS));
	node->batches = smol_open_batches(css->ss.ss_currentRelation, node->index,
									  estate->es_snapshot, node->conditions);
	choose_columns(node);
	if (boolVal(get_private(node, SMOL_SCAN_WINDOW)))
		node->window = smol_init_window(&css->ss.ps,
										list_nth(plan->custom_exprs, 2 * node->conditions->n),
										llast(plan->custom_exprs));

	/* spare each row a call */
	css->ss.ps.ExecProcNode = node->window ? exec_window :
		node->direct ? exec_direct : exec_project;
}

static void
end(CustomScanState *css)
{
	SmolScanState *node = get_state(css);

	if (node->child)
		ExecEndNode(node->child);
	if (node->batches)
	{
		if (IsParallelWorker() && css->ss.ps.instrument)
			smol_publish_summary(node->batches);
		smol_close_batches(node->batches);
	}
	if (node->index)
		index_close(node->index, NoLock);
}

static void
rescan(CustomScanState *css)
{
	SmolScanState *node = get_state(css);

	node->started = node->mark_positioned = false;
	if (node->window)
		node->window->evaluated = false;
	node->mode = SCAN_UNDECIDED;
	node->rows = 0;
	if (node->slot)
		ExecClearTuple(node->slot);
	if (node->child)
	{
		if (css->ss.ps.chgParam != NULL)
			UpdateChangedParamSet(node->child, css->ss.ps.chgParam);
		if (node->child->chgParam == NULL)
			ExecReScan(node->child);
	}
}

static void
mark(CustomScanState *css)
{
	SmolScanState *node = get_state(css);

	if (node->mode == SCAN_HEAP)
	{
		ExecMarkPos(node->child);
		return;
	}
	node->mark_positioned = node->started && node->at >= 0 && node->at < node->rows;
	if (!node->mark_positioned)
		return;
	node->mark_batch = node->batch_number;
	node->mark_at = node->at;
	smol_mark_batches(node->batches, node->batches->batch.first_row +
					  (node->selection ? node->selection[node->at] : node->at),
					  &node->mark);
}

static void
restore(CustomScanState *css)
{
	SmolScanState *node = get_state(css);

	if (node->mode == SCAN_HEAP)
	{
		ExecRestrPos(node->child);
		return;
	}
	if (!node->mark_positioned)
		node->started = false;
	else if (node->mark_batch == node->batch_number && node->rows > 0)
		node->at = node->mark_at;
	else
	{
		smol_restore_batches(node->batches, &node->mark);
		node->rows = 0;
		node->at = node->backward ? 0 : -1;
	}
}

/* ---- parallel ---- */

static Size
estimate_dsm(CustomScanState *css, ParallelContext *pcxt)
{
	return smol_shared_scan_size();
}

static void
initialize_dsm(CustomScanState *css, ParallelContext *pcxt, void *coordinate)
{
	SmolScanState *node = get_state(css);

	smol_init_shared_scan(coordinate);
	smol_share_batches(node->batches, coordinate);
	if (css->ss.ps.instrument)
		smol_prepare_summary(node->batches, pcxt->nworkers);
}

static void
reinitialize_dsm(CustomScanState *css, ParallelContext *pcxt, void *coordinate)
{
	smol_restart_shared_scan(coordinate);
	smol_share_batches(get_state(css)->batches, coordinate);
}

static void
initialize_worker(CustomScanState *css, shm_toc *toc, void *coordinate)
{
	smol_share_batches(get_state(css)->batches, coordinate);
}

/* The leader's shared memory is about to go; a worker still has its end to come. */
static void
stop(CustomScanState *css)
{
	SmolScanState *node = get_state(css);

	if (node->batches && !IsParallelWorker())
		smol_share_batches(node->batches, NULL);
}

/* ---- EXPLAIN ---- */

static void
show_conditions(SmolScanState *node, const char *label, int first, int end,
				List *ancestors, ExplainState *es)
{
	Plan	   *plan = node->css.ss.ps.plan;
	List	   *clauses = NIL;
	List	   *context;

	for (int i = first; i < end; i++)
		clauses = lappend(clauses, list_nth(((CustomScan *) plan)->custom_exprs, i));
	if (clauses == NIL)
		return;
	context = set_deparse_context_plan(es->deparse_cxt, plan, ancestors);
	ExplainPropertyText(label,
						deparse_expression((Node *) make_ands_explicit(clauses),
										   context, es->verbose || es->rtable_size > 1,
										   false), es);
}

/* OFFSET or LIMIT, which are mostly constants. */
static void
show_rows(SmolScanState *node, const char *label, Expr *expr, List *ancestors,
		  ExplainState *es)
{
	List	   *context = set_deparse_context_plan(es->deparse_cxt, node->css.ss.ps.plan,
												   ancestors);

	if (!IsA(expr, Const))
		ExplainPropertyText(label, deparse_expression((Node *) expr, context, false, false),
							es);
	else if (!((Const *) expr)->constisnull)
		ExplainPropertyInteger(label, NULL, DatumGetInt64(((Const *) expr)->constvalue), es);
}

static void
show_counts(const SmolScanCounts *counts, ExplainState *es)
{
	if (es->format != EXPLAIN_FORMAT_TEXT)
	{
		ExplainPropertyUInteger("Leaf Pages in Range", NULL, counts->leaves_in_range, es);
		ExplainPropertyUInteger("Leaf Pages Read", NULL, counts->leaves_read, es);
		ExplainPropertyUInteger("Rows Skipped by Zone Maps", NULL, counts->rows_skipped, es);
		ExplainPropertyUInteger("Leaf Pages Skipped by Bloom Filters", NULL,
								counts->leaves_excluded, es);
		ExplainPropertyUInteger("Rows Skipped by Number", NULL, counts->rows_passed, es);
		ExplainPropertyUInteger("Batches", NULL, counts->batches, es);
		return;
	}
	ExplainIndentText(es);
	appendStringInfo(es->str, "Leaf Pages: " UINT64_FORMAT " of " UINT64_FORMAT,
					 counts->leaves_read, counts->leaves_in_range);
	if (counts->rows_skipped > 0)
		appendStringInfo(es->str, "  Rows Skipped by Zone Maps: " UINT64_FORMAT,
						 counts->rows_skipped);
	if (counts->leaves_excluded > 0)
		appendStringInfo(es->str, "  Skipped by Bloom Filters: " UINT64_FORMAT,
						 counts->leaves_excluded);
	if (counts->rows_passed > 0)
		appendStringInfo(es->str, "  Rows Skipped by Number: " UINT64_FORMAT,
						 counts->rows_passed);
	appendStringInfo(es->str, "  Batches: " UINT64_FORMAT "\n", counts->batches);
}

static void
explain(CustomScanState *css, List *ancestors, ExplainState *es)
{
	SmolScanState *node = get_state(css);
	int			n = list_length((List *) get_private(node, SMOL_SCAN_CONDITIONS));
	bool		fell_back = false;
	const char *name = get_rel_name((Oid) intVal(get_private(node, SMOL_SCAN_INDEX)));
	int			nkeys = intVal(get_private(node, SMOL_SCAN_NKEYS));

	if (es->format == EXPLAIN_FORMAT_TEXT)
	{
		ExplainIndentText(es);
		appendStringInfo(es->str, "Index: %s%s\n", quote_identifier(name),
						 boolVal(get_private(node, SMOL_SCAN_BACKWARD)) ? ", backward" : "");
	}
	else
	{
		ExplainPropertyText("Index Name", name, es);
		ExplainPropertyText("Scan Direction",
							boolVal(get_private(node, SMOL_SCAN_BACKWARD)) ?
							"Backward" : "Forward", es);
	}
	show_conditions(node, "Index Cond", n, n + nkeys, ancestors, es);
	show_conditions(node, "Vector Filter", n + nkeys, 2 * n, ancestors, es);
	if (boolVal(get_private(node, SMOL_SCAN_WINDOW)))
	{
		List	   *exprs = ((CustomScan *) css->ss.ps.plan)->custom_exprs;

		show_rows(node, "Offset by Row Number", list_nth(exprs, 2 * n), ancestors, es);
		show_rows(node, "Limit", llast(exprs), ancestors, es);
	}
	if (es->analyze && node->batches)
	{
		smol_collect_summary(node->batches);
		fell_back = node->batches->fell_back;
		if (fell_back)
			ExplainPropertyText("Heap Fallback", node->batches->fallback_reason, es);
		if (!fell_back || node->batches->used)
			show_counts(&node->batches->counts, es);
	}

	/* a child that has not run says nothing new */
	if (!fell_back && !es->verbose)
		css->custom_ps = NIL;
}
