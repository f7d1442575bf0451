/*-------------------------------------------------------------------------
 *
 * expressions.c
 *	  What is aggregated or grouped by, and is not a plain column: a column of
 *	  results for each batch.
 *
 * Any expression can be evaluated, by PostgreSQL, row by row on a slot that has
 * the columns it needs.  Arithmetic and choices are done column by column (steps.c,
 * runsteps.c) where no row is out of range.  Where one seems to be, the batch is done
 * row by row after all: then PostgreSQL raises its own error, or finds that the row
 * did not count.
 *
 * Numerics that are aggregated must fit into words of the scale that steps.c says.
 * If one does not, the node can't go on (node->beyond).
 *
 * Of one column only, PostgreSQL is asked once for each value, or for each cell of
 * values that must have the same result (cells.c), as long as these are kept.  None
 * is volatile, so asking again would not give another answer.
 *
 * Copyright (c) 2026, the smol developers
 *
 * IDENTIFICATION
 *	  src/exec/expressions.c
 *
 *-------------------------------------------------------------------------
 */
#include "smol.h"

#include "catalog/pg_type_d.h"
#include "common/hashfn.h"
#include "common/hashfn_unstable.h"
#include "exec/smolaggnode.h"
#include "exec/smolcells.h"
#include "exec/smolsteps.h"
#include "executor/executor.h"
#include "miscadmin.h"
#include "nodes/nodeFuncs.h"
#include "nodes/primnodes.h"
#include "utils/fmgrprotos.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"

/* A result, of a row. */
typedef struct RowResult
{
	bool		isnull;
	bool		full;			/* of the greater of two scales */
	SmolValue	value;
} RowResult;

/* What an expression over one column is for some value, or for all of a cell. */
typedef struct Known
{
	bool		used;
	int64		low;
	int64		high;
	SmolSlice	slice;			/* of a column that has no words */
	RowResult	result;
} Known;

/* How many are kept: powers of two.  It begins with few. */
#define KNOWN_FIRST		64
#define KNOWN_MOST		4096

/* Strings of known results take no more than this, and what a batch adds. */
#define KNOWN_BYTES		(1024 * 1024)

struct SmolExpression
{
	Expr	   *expr;
	int			filter;
	SmolColumnDesc desc;		/* of the results */
	ExprState  *state;
	MemoryContext context;		/* of strings: results, and what they are of */
	SmolCells  *cells;			/* of the only column; NULL: none */
	Known	   *known;			/* of one column: by hash; NULL: of several */
	uint32		nknown;			/* room */
	uint32		nasked;			/* results that were not known */
	bool		null_known;
	RowResult	of_null;
	int			nneeded;		/* attributes of the slot, and their columns */
	int			attributes[INDEX_MAX_KEYS];
	int			columns[INDEX_MAX_KEYS];
	SmolSteps  *steps;			/* NULL: row by row */
	int			least;			/* numerics: another scale of some; -1: of
								 * none */
	int64	   *words;
	SmolSlice  *slices;			/* NULL: results are words */
	int64	   *nulls;
	int64	   *full;			/* if there is a least scale: for each row */
};

/* ---- columns of the index ---- */

/* The index column of an attribute of the scan tuple. */
static int
find_column(const SmolAggregateState *node, int attribute)
{
	CustomScan *cscan = (CustomScan *) node->css.ss.ps.plan;
	const TargetEntry *tle = list_nth_node(TargetEntry, cscan->custom_scan_tlist,
										   attribute - 1);
	const Var  *var = castNode(Var, tle->expr);

	for (int c = 0; c < node->index->rd_index->indnatts; c++)
		if (node->index->rd_index->indkey.values[c] == var->varattno)
			return c;
	elog(ERROR, "column %d is not in the index", var->varattno);
	return 0;
}

static int
column_of(const Var *var, const void *node)
{
	return find_column(node, var->varattno);
}

typedef struct NeedContext
{
	const SmolAggregateState *node;
	SmolExpression *expression;
} NeedContext;

static bool
note_columns(Node *expr, NeedContext *context)
{
	SmolExpression *expression = context->expression;

	if (expr == NULL)
		return false;
	if (IsA(expr, Var))
	{
		int			attribute = ((Var *) expr)->varattno;

		for (int i = 0; i < expression->nneeded; i++)
			if (expression->attributes[i] == attribute)
				return false;
		expression->attributes[expression->nneeded] = attribute;
		expression->columns[expression->nneeded++] = find_column(context->node, attribute);
		return false;
	}
	return expression_tree_walker(expr, note_columns, context);
}

/* ---- rows ---- */

/*
 * A numeric as a word, and whether it is of the greater scale.  False if it is of
 * neither scale, or too large.
 */
static bool
get_decimal(const SmolExpression *expression, Datum datum, RowResult *result)
{
	struct varlena *numeric = (struct varlena *) DatumGetPointer(datum);
	int			scale = expression->desc.scale;
	bool		between;
	int64		word = smol_numeric_to_word(numeric, scale, &between);

	result->value.word = word;
	result->full = smol_numeric_is_decimal(numeric, scale);
	if (result->full)
		return true;
	return expression->least >= 0 && !between &&
		word > -SMOL_DECIMAL_LIMIT && word < SMOL_DECIMAL_LIMIT &&
		smol_numeric_is_decimal(numeric, expression->least);
}

/* Have PostgreSQL evaluate the expression for a row. */
static void
eval_row(SmolAggregateState *node, SmolExpression *expression,
		 const SmolVector *vectors, uint32 row, RowResult *result)
{
	const SmolMetaPageData *meta = &node->scan->reader->meta;
	ExprContext *econtext = node->row_context;
	TupleTableSlot *slot = econtext->ecxt_scantuple;
	MemoryContext old;
	Datum		datum;

	ResetExprContext(econtext);
	old = MemoryContextSwitchTo(econtext->ecxt_per_tuple_memory);
	for (int i = 0; i < expression->nneeded; i++)
	{
		const SmolVector *vector = &vectors[expression->columns[i]];
		const SmolSlice none = {NULL, 0};
		int			at = expression->attributes[i] - 1;

		slot->tts_isnull[at] = vector->nulls && vector->nulls[row];
		if (!slot->tts_isnull[at])
			slot->tts_values[at] =
				smol_value_to_datum(&meta->columns[expression->columns[i]],
									vector->words ? vector->words[row] : 0,
									vector->slices ? vector->slices[row] : none);
	}
	datum = ExecEvalExpr(expression->state, econtext, &result->isnull);
	memset(&result->value, 0, sizeof(result->value));
	if (!result->isnull)
	{
		if (expression->desc.image == SMOL_IMAGE_VARLENA ||
			expression->desc.image == SMOL_IMAGE_DECIMAL)
			datum = PointerGetDatum(PG_DETOAST_DATUM_PACKED(datum));
		if (expression->desc.image == SMOL_IMAGE_DECIMAL)
			node->beyond |= !get_decimal(expression, datum, result);
		else
			smol_datum_to_value(&expression->desc, datum, &result->value);
		if (expression->slices)
		{
			uint32		len = result->value.slice.len;
			uint8	   *copy = MemoryContextAlloc(expression->context, Max(len, 1));

			Assert(result->value.slice.ptr != NULL);
			memcpy(copy, result->value.slice.ptr, len);
			result->value.slice.ptr = copy;
		}
	}
	MemoryContextSwitchTo(old);
}

static inline void
set_row(SmolExpression *expression, uint32 row, const RowResult *result)
{
	expression->nulls[row] = result->isnull;
	if (expression->slices)
		expression->slices[row] = result->value.slice;
	else
		expression->words[row] = result->value.word;
	if (expression->full)
		expression->full[row] = result->full;
}

static void
run_rows(SmolAggregateState *node, SmolExpression *expression,
		 const SmolVector *vectors, uint32 n)
{
	const uint8 *passes = expression->filter >= 0 ? node->passes[expression->filter] : NULL;

	for (uint32 row = 0; row < n; row++)
	{
		RowResult	result = {.isnull = true};

		if (passes == NULL || passes[row])
		{
			if ((row & 255) == 0)
				CHECK_FOR_INTERRUPTS();
			eval_row(node, expression, vectors, row, &result);
		}
		set_row(expression, row, &result);
	}
}

/* ---- values ---- */

/* A result was not known; if there are many, more are kept. */
static void
make_room(SmolExpression *expression)
{
	if (expression->nasked <= expression->nknown)
		expression->nasked++;
	if (expression->nasked <= expression->nknown || expression->nknown == KNOWN_MOST)
		return;
	expression->nknown *= 4;
	expression->known = repalloc_array(expression->known, Known, expression->nknown);
	memset(expression->known, 0, sizeof(Known) * expression->nknown);
}

static inline Known *
find_known(const SmolExpression *expression, uint64 hash)
{
	return &expression->known[hash & (expression->nknown - 1)];
}

/* What the expression is for a word of its column. */
static const Known *
look_up_word(SmolAggregateState *node, SmolExpression *expression,
			 const SmolVector *vectors, uint32 row)
{
	int64		word = vectors[expression->columns[0]].words[row];
	int64		low = word;
	int64		high = word;
	Known	   *known;

	if (expression->cells)
		smol_find_cell(expression->cells, word, &low, &high);
	known = find_known(expression, murmurhash64((uint64) low));
	if (!known->used || known->low != low || known->high != high)
	{
		make_room(expression);
		known = find_known(expression, murmurhash64((uint64) low));
		known->used = false;
		eval_row(node, expression, vectors, row, &known->result);
		known->low = low;
		known->high = high;
		known->used = true;
	}
	return known;
}

static inline bool
same_slice(SmolSlice a, SmolSlice b)
{
	return a.len == b.len && (a.ptr == b.ptr || a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

static const Known *
look_up_slice(SmolAggregateState *node, SmolExpression *expression,
			  const SmolVector *vectors, uint32 row)
{
	SmolSlice	slice = vectors[expression->columns[0]].slices[row];
	uint64		hash = fasthash64((const char *) slice.ptr, slice.len, 0);
	Known	   *known = find_known(expression, hash);

	if (!known->used || !same_slice(known->slice, slice))
	{
		uint8	   *copy;

		make_room(expression);
		known = find_known(expression, hash);
		known->used = false;
		eval_row(node, expression, vectors, row, &known->result);
		copy = MemoryContextAlloc(expression->context, Max(slice.len, 1));
		if (slice.len > 0)
			memcpy(copy, slice.ptr, slice.len);
		known->slice.ptr = copy;
		known->slice.len = slice.len;
		known->used = true;
	}
	return known;
}

/* An expression over one column. */
static void
run_values(SmolAggregateState *node, SmolExpression *expression,
		   const SmolVector *vectors, uint32 n)
{
	const uint8 *passes = expression->filter >= 0 ? node->passes[expression->filter] : NULL;
	const SmolVector *vector = &vectors[expression->columns[0]];
	const Known *last = NULL;

	CHECK_FOR_INTERRUPTS();
	for (uint32 row = 0; row < n; row++)
	{
		if (passes && !passes[row])
		{
			RowResult	none = {.isnull = true};

			set_row(expression, row, &none);
		}
		else if (vector->nulls && vector->nulls[row])
		{
			if (!expression->null_known)
				eval_row(node, expression, vectors, row, &expression->of_null);
			expression->null_known = true;
			set_row(expression, row, &expression->of_null);
		}
		else
		{
			if (vector->words)
			{
				int64		word = vector->words[row];

				if (last == NULL || word < last->low || word > last->high)
					last = look_up_word(node, expression, vectors, row);
			}
			else if (last == NULL || !same_slice(last->slice, vector->slices[row]))
				last = look_up_slice(node, expression, vectors, row);
			set_row(expression, row, &last->result);
		}
	}
}

/* Forget what is known. */
static void
forget(SmolExpression *expression)
{
	MemoryContextReset(expression->context);
	expression->null_known = false;
	if (expression->nasked > 0)
		memset(expression->known, 0, sizeof(Known) * expression->nknown);
}

/* ---- for the node ---- */

/* An expression of the table's columns, as one of the scan tuple's. */
static Node *
map_columns(Node *expr, SmolAggregateState *node)
{
	CustomScan *cscan = (CustomScan *) node->css.ss.ps.plan;
	ListCell   *lc;

	if (expr == NULL)
		return NULL;
	if (!IsA(expr, Var))
		return expression_tree_mutator(expr, map_columns, node);
	foreach(lc, cscan->custom_scan_tlist)
	{
		const TargetEntry *tle = lfirst_node(TargetEntry, lc);

		if (IsA(tle->expr, Var) && ((Var *) tle->expr)->varattno == ((Var *) expr)->varattno)
		{
			Var		   *var = copyObject((Var *) expr);

			var->varno = INDEX_VAR;
			var->varattno = tle->resno;
			return (Node *) var;
		}
	}
	elog(ERROR, "column %d is not in the scan tuple", ((Var *) expr)->varattno);
	return NULL;
}

/*
 * The planner puts a grouping expression's place in the scan tuple wherever there
 * is such an expression, in its own place too: make it the expression again.
 */
static Node *
expand_columns(Node *expr, SmolAggregateState *node)
{
	CustomScan *cscan = (CustomScan *) node->css.ss.ps.plan;

	if (expr == NULL)
		return NULL;
	if (IsA(expr, Var))
	{
		const TargetEntry *tle = list_nth_node(TargetEntry, cscan->custom_scan_tlist,
											   ((Var *) expr)->varattno - 1);

		return IsA(tle->expr, Var) ? (Node *) copyObject(expr) :
			map_columns((Node *) tle->expr, node);
	}
	return expression_tree_mutator(expr, expand_columns, node);
}

/*
 * An expression as the planner has left it, to be grouped by, or for aggregates that
 * have that FILTER (-1: none).
 */
SmolExpression *
smol_make_expression(SmolAggregateState *node, Expr *expr, bool is_key, int filter)
{
	SmolExpression *expression = palloc0(sizeof(SmolExpression));
	NeedContext context = {node, expression};
	const SmolMetaPageData *meta = &node->scan->reader->meta;
	SmolStepsResult steps = {.least = -1};

	expr = (Expr *) expand_columns((Node *) expr, node);
	if (!smol_describe_result(exprType((Node *) expr), &expression->desc))
		elog(ERROR, "unexpected type %u of an expression", exprType((Node *) expr));

	/* groups are by the bytes of numerics */
	if (!is_key || SmolImageIsWord(expression->desc.image))
		expression->steps = smol_make_steps(expr, meta, column_of, node);
	if (expression->steps)
	{
		smol_describe_steps(expression->steps, &steps);
		expression->desc = steps.desc;
	}
	expression->least = steps.least;
	if (node->row_context == NULL)
	{
		TupleDesc	desc = node->css.ss.ss_ScanTupleSlot->tts_tupleDescriptor;

		node->row_context = CreateExprContext(node->css.ss.ps.state);
		node->row_context->ecxt_scantuple =
			ExecStoreAllNullTuple(MakeSingleTupleTableSlot(desc, &TTSOpsVirtual));
	}
	expression->expr = expr;
	expression->filter = filter;
	(void) note_columns((Node *) expr, &context);
	expression->state = ExecInitExpr(expr, &node->css.ss.ps);
	expression->context = AllocSetContextCreate(CurrentMemoryContext, "smol expression",
												ALLOCSET_DEFAULT_SIZES);
	if (SmolImageIsWord(expression->desc.image))
		expression->words = palloc_array(int64, SMOL_BATCH_ROWS);
	else
		expression->slices = palloc_array(SmolSlice, SMOL_BATCH_ROWS);
	expression->nulls = palloc_array(int64, SMOL_BATCH_ROWS);
	if (expression->least >= 0)
		expression->full = palloc_array(int64, SMOL_BATCH_ROWS);
	if (expression->nneeded == 1)
	{
		expression->cells = smol_make_cells(expr);
		if (expression->steps == NULL)
		{
			expression->known = palloc0_array(Known, KNOWN_FIRST);
			expression->nknown = KNOWN_FIRST;
		}
	}
	return expression;
}

/* A (re)scan begins: parameters, and the time zone, may be others. */
void
smol_start_expression(SmolExpression *expression)
{
	forget(expression);
	if (expression->cells)
		smol_forget_zones(expression->cells);
}

const SmolColumnDesc *
smol_expression_desc(const SmolExpression *expression)
{
	return &expression->desc;
}

/* The (base) type of the results. */
Oid
smol_expression_type(const SmolExpression *expression)
{
	return getBaseType(exprType((const Node *) expression->expr));
}

/* The other scale that numerics may be of; -1: none. */
int
smol_expression_least_scale(const SmolExpression *expression)
{
	return expression->least;
}

/* The columns of the index that it needs; returns how many they are. */
int
smol_expression_columns(const SmolExpression *expression, const int **columns)
{
	*columns = expression->columns;
	return expression->nneeded;
}

/* Is it the same for all values from low to high? */
bool
smol_expression_is_constant(const SmolExpression *expression, int64 low, int64 high)
{
	int64		from;
	int64		to;

	if (low == high)
		return true;
	if (expression->cells == NULL)
		return false;
	smol_find_cell(expression->cells, low, &from, &to);
	return high <= to;
}

/*
 * Evaluate for n rows that pass WHERE: whose columns are 'vectors'.  For rows that
 * don't pass the FILTER the result is of no meaning.  If numerics are of two scales,
 * *full is NULL where they are not of the greater one.
 */
void
smol_eval_expression(SmolAggregateState *node, SmolExpression *expression,
					 const SmolVector *vectors, uint32 n, SmolVector *result,
					 SmolVector *full)
{
	const int64 *is_full;

	if (expression->steps && smol_run_steps(expression->steps, vectors, n, result, &is_full))
	{
		if (expression->full)
			memcpy(expression->full, is_full, sizeof(int64) * n);
	}
	else
	{
		if (MemoryContextMemAllocated(expression->context, true) > KNOWN_BYTES)
			forget(expression);
		if (expression->known)
			run_values(node, expression, vectors, n);
		else
			run_rows(node, expression, vectors, n);
		result->words = expression->words;
		result->slices = expression->slices;
		result->nulls = expression->nulls;
	}
	if (expression->full)
	{
		for (uint32 i = 0; i < n; i++)
			expression->full[i] = !expression->full[i] || (result->nulls && result->nulls[i]);
		full->nulls = expression->full;
	}
}
