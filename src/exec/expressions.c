/*-------------------------------------------------------------------------
 *
 * expressions.c
 *	  Arguments of aggregates that are not plain columns: a column of results
 *	  for each batch.
 *
 * Any expression can be evaluated, by PostgreSQL, row by row on a slot that has
 * the columns it needs.  Additions, subtractions and multiplications of numbers,
 * and casts between these, are done column by column where no row is out of
 * range.  Where one seems to be, the batch is done row by row after all: then
 * PostgreSQL raises its own error, or finds that the row did not count.
 *
 * Copyright (c) 2026, the smol developers
 *
 * IDENTIFICATION
 *	  src/exec/expressions.c
 *
 *-------------------------------------------------------------------------
 */
#include "smol.h"

#include <float.h>
#include <math.h>

#include "catalog/pg_type_d.h"
#include "common/int.h"
#include "exec/smolaggnode.h"
#include "executor/executor.h"
#include "miscadmin.h"
#include "nodes/nodeFuncs.h"
#include "nodes/primnodes.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

/* What a step of a vectorised expression does. */
typedef enum StepKind
{
	STEP_COLUMN,
	STEP_CONST,
	STEP_ADD,
	STEP_SUBTRACT,
	STEP_MULTIPLY,
	STEP_FLOAT_ADD,
	STEP_FLOAT_SUBTRACT,
	STEP_FLOAT_MULTIPLY,
	STEP_TO_FLOAT,				/* of an integer of up to 32 bits */
	STEP_NARROW,				/* nothing but the range is checked */
} StepKind;

/* Steps come after those that they take their operands from. */
typedef struct Step
{
	StepKind	kind;
	int			column;			/* COLUMN: of the index */
	int			left;			/* others: steps */
	int			right;
	int64		low;			/* of integers: the range of the type */
	int64		high;
	int64	   *words;			/* the results of a batch */
	const int64 *result;		/* words, or those of the column */
} Step;

#define MAX_STEPS	16

struct SmolExpression
{
	Expr	   *expr;
	int			filter;
	SmolColumnDesc desc;		/* of the results */
	ExprState  *state;
	int			nneeded;		/* attributes of the slot, and their columns */
	int			attributes[INDEX_MAX_KEYS];
	int			columns[INDEX_MAX_KEYS];
	int			nsteps;			/* 0: row by row */
	Step		steps[MAX_STEPS];
	int64	   *words;
	int64	   *nulls;
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

/* ---- steps ---- */

/* The range of an integer type; false if it is not one. */
static bool
integer_range(Oid type, int64 *low, int64 *high)
{
	switch (type)
	{
		case INT2OID:
			*low = PG_INT16_MIN;
			*high = PG_INT16_MAX;
			return true;
		case INT4OID:
			*low = PG_INT32_MIN;
			*high = PG_INT32_MAX;
			return true;
		case INT8OID:
			*low = PG_INT64_MIN;
			*high = PG_INT64_MAX;
			return true;
		default:
			return false;
	}
}

/* What a function of PostgreSQL is as a step; false if it is none. */
static bool
find_step(Oid function, StepKind *kind)
{
	switch (function)
	{
		case F_INT2PL:
		case F_INT4PL:
		case F_INT8PL:
		case F_INT24PL:
		case F_INT42PL:
		case F_INT28PL:
		case F_INT82PL:
		case F_INT48PL:
		case F_INT84PL:
			*kind = STEP_ADD;
			return true;
		case F_INT2MI:
		case F_INT4MI:
		case F_INT8MI:
		case F_INT24MI:
		case F_INT42MI:
		case F_INT28MI:
		case F_INT82MI:
		case F_INT48MI:
		case F_INT84MI:
			*kind = STEP_SUBTRACT;
			return true;
		case F_INT2MUL:
		case F_INT4MUL:
		case F_INT8MUL:
		case F_INT24MUL:
		case F_INT42MUL:
		case F_INT28MUL:
		case F_INT82MUL:
		case F_INT48MUL:
		case F_INT84MUL:
			*kind = STEP_MULTIPLY;
			return true;
		case F_FLOAT8PL:
			*kind = STEP_FLOAT_ADD;
			return true;
		case F_FLOAT8MI:
			*kind = STEP_FLOAT_SUBTRACT;
			return true;
		case F_FLOAT8MUL:
			*kind = STEP_FLOAT_MULTIPLY;
			return true;
		case F_FLOAT8_INT2:
		case F_FLOAT8_INT4:
			*kind = STEP_TO_FLOAT;
			return true;
		case F_INT4_INT2:
		case F_INT8_INT2:
		case F_INT8_INT4:
		case F_INT2_INT4:
		case F_INT2_INT8:
		case F_INT4_INT8:
			*kind = STEP_NARROW;
			return true;
		default:
			return false;
	}
}

/* Add the steps of an expression; the number of the last one, or -1. */
static int
add_steps(const SmolAggregateState *node, SmolExpression *expression, Expr *expr)
{
	Step		step = {.left = -1,.right = -1};
	Oid			type = exprType((Node *) expr);
	Oid			function;
	List	   *args;

	(void) integer_range(type, &step.low, &step.high);
	if (IsA(expr, Var))
	{
		SmolImage	image;

		step.kind = STEP_COLUMN;
		step.column = find_column(node, ((Var *) expr)->varattno);
		image = node->scan->reader->meta.columns[step.column].image;
		if (type == INT2OID ? image != SMOL_IMAGE_INT2 :
			type == INT4OID ? image != SMOL_IMAGE_INT4 :
			type == INT8OID ? image != SMOL_IMAGE_INT8 :
			type == FLOAT8OID ? image != SMOL_IMAGE_FLOAT8 : true)
			return -1;
	}
	else if (IsA(expr, Const))
	{
		Const	   *constant = (Const *) expr;
		SmolValue	value;
		SmolColumnDesc desc;

		if (constant->constisnull || !smol_describe_type(type, &desc))
			return -1;
		smol_datum_to_value(&desc, constant->constvalue, &value);
		step.kind = STEP_CONST;
		step.low = value.word;
	}
	else
	{
		if (IsA(expr, OpExpr))
		{
			set_opfuncid((OpExpr *) expr);
			function = ((OpExpr *) expr)->opfuncid;
			args = ((OpExpr *) expr)->args;
		}
		else if (IsA(expr, FuncExpr))
		{
			function = ((FuncExpr *) expr)->funcid;
			args = ((FuncExpr *) expr)->args;
		}
		else
			return -1;
		if (!find_step(function, &step.kind))
			return -1;
		step.left = add_steps(node, expression, linitial(args));
		if (step.left < 0)
			return -1;
		if (list_length(args) > 1)
		{
			step.right = add_steps(node, expression, lsecond(args));
			if (step.right < 0)
				return -1;
		}
	}
	if (expression->nsteps == MAX_STEPS)
		return -1;
	step.words = palloc_array(int64, SMOL_BATCH_ROWS);
	if (step.kind == STEP_CONST)
		for (int i = 0; i < SMOL_BATCH_ROWS; i++)
			step.words[i] = step.low;
	step.result = step.words;
	expression->steps[expression->nsteps] = step;
	return expression->nsteps++;
}

static inline double
get_float(int64 word)
{
	double		d;

	memcpy(&d, &word, sizeof(d));
	return d;
}

static inline int64
get_word(double d)
{
	int64		word;

	memcpy(&word, &d, sizeof(word));
	return word;
}

/*
 * One step for n rows; false if it may be an error for some.  That may be a row that
 * is NULL or does not pass a FILTER.
 */
static bool
run_step(const SmolExpression *expression, const Step *step, uint32 n)
{
	const int64 *left = step->left >= 0 ? expression->steps[step->left].result : NULL;
	const int64 *right = step->right >= 0 ? expression->steps[step->right].result : NULL;
	int64	   *out = step->words;
	bool		bad = false;

#define INTEGERS(function) \
	for (uint32 i = 0; i < n; i++) \
	{ \
		bad |= function(left[i], right[i], &out[i]); \
		bad |= (out[i] < step->low) | (out[i] > step->high); \
	}

	/* whatever comes of infinity or NaN is left to PostgreSQL */
#define FLOATS(op) \
	for (uint32 i = 0; i < n; i++) \
	{ \
		double		result = get_float(left[i]) op get_float(right[i]); \
		bad |= !(fabs(result) <= DBL_MAX); \
		out[i] = get_word(result); \
	}

	switch (step->kind)
	{
		case STEP_COLUMN:
		case STEP_CONST:
			break;
		case STEP_ADD:
			INTEGERS(pg_add_s64_overflow);
			break;
		case STEP_SUBTRACT:
			INTEGERS(pg_sub_s64_overflow);
			break;
		case STEP_MULTIPLY:
			INTEGERS(pg_mul_s64_overflow);
			break;
		case STEP_FLOAT_ADD:
			FLOATS(+);
			break;
		case STEP_FLOAT_SUBTRACT:
			FLOATS(-);
			break;
		case STEP_FLOAT_MULTIPLY:
			/* zero is zero's product, or too small */
			for (uint32 i = 0; i < n; i++)
			{
				double		a = get_float(left[i]);
				double		b = get_float(right[i]);
				double		result = a * b;

				bad |= (!(fabs(result) <= DBL_MAX)) |
					((result == 0.0) & (a != 0.0) & (b != 0.0));
				out[i] = get_word(result);
			}
			break;
		case STEP_TO_FLOAT:
			for (uint32 i = 0; i < n; i++)
				out[i] = get_word((double) left[i]);
			break;
		case STEP_NARROW:
			for (uint32 i = 0; i < n; i++)
			{
				bad |= (left[i] < step->low) | (left[i] > step->high);
				out[i] = left[i];
			}
			break;
	}
#undef INTEGERS
#undef FLOATS
	return !bad;
}

/* Column by column; false if it must be row by row. */
static bool
run_steps(SmolExpression *expression, const SmolVector *vectors, uint32 n,
		  SmolVector *result)
{
	bool		any_null = false;

	for (int s = 0; s < expression->nsteps; s++)
	{
		Step	   *step = &expression->steps[s];

		if (step->kind == STEP_COLUMN)
			step->result = vectors[step->column].words;
		else if (!run_step(expression, step, n))
			return false;
	}

	/* all of these are strict */
	for (int i = 0; i < expression->nneeded; i++)
	{
		const int64 *nulls = vectors[expression->columns[i]].nulls;

		if (nulls == NULL)
			continue;
		for (uint32 k = 0; k < n; k++)
			expression->nulls[k] = (any_null && expression->nulls[k]) || nulls[k];
		any_null = true;
	}
	result->words = unconstify(int64 *, expression->steps[expression->nsteps - 1].result);
	result->slices = NULL;
	result->nulls = any_null ? expression->nulls : NULL;
	return true;
}

/* ---- rows ---- */

static void
run_rows(SmolAggregateState *node, SmolExpression *expression,
		 const SmolVector *vectors, uint32 n, SmolVector *result)
{
	const SmolMetaPageData *meta = &node->scan->reader->meta;
	const uint8 *passes = expression->filter >= 0 ? node->passes[expression->filter] : NULL;
	ExprContext *econtext = node->row_context;
	TupleTableSlot *slot = econtext->ecxt_scantuple;

	for (uint32 row = 0; row < n; row++)
	{
		MemoryContext old;
		Datum		datum;
		bool		isnull;

		expression->nulls[row] = 1;
		expression->words[row] = 0;
		if (passes && !passes[row])
			continue;
		if ((row & 255) == 0)
			CHECK_FOR_INTERRUPTS();
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
		datum = ExecEvalExpr(expression->state, econtext, &isnull);
		MemoryContextSwitchTo(old);
		if (!isnull)
		{
			SmolValue	value;

			smol_datum_to_value(&expression->desc, datum, &value);
			expression->words[row] = value.word;
			expression->nulls[row] = 0;
		}
	}
	result->words = expression->words;
	result->slices = NULL;
	result->nulls = expression->nulls;
}

/* ---- for the node ---- */

/*
 * An expression as the planner has left it, for aggregates that have that FILTER
 * (-1: none).
 */
SmolExpression *
smol_make_expression(SmolAggregateState *node, Expr *expr, int filter)
{
	SmolExpression *expression = palloc0(sizeof(SmolExpression));
	NeedContext context = {node, expression};

	if (!smol_describe_type(exprType((Node *) expr), &expression->desc))
		elog(ERROR, "unexpected type %u of an aggregate's argument", exprType((Node *) expr));
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
	expression->words = palloc_array(int64, SMOL_BATCH_ROWS);
	expression->nulls = palloc_array(int64, SMOL_BATCH_ROWS);
	if (add_steps(node, expression, expr) < 0)
		expression->nsteps = 0;
	return expression;
}

const SmolColumnDesc *
smol_expression_desc(const SmolExpression *expression)
{
	return &expression->desc;
}

/* The columns of the index that it needs; returns how many they are. */
int
smol_expression_columns(const SmolExpression *expression, const int **columns)
{
	*columns = expression->columns;
	return expression->nneeded;
}

/*
 * Evaluate for n rows that pass WHERE: whose columns are 'vectors'.  For rows that
 * don't pass the FILTER the result is of no meaning.
 */
void
smol_eval_expression(SmolAggregateState *node, SmolExpression *expression,
					 const SmolVector *vectors, uint32 n, SmolVector *result)
{
	if (expression->nsteps == 0 || !run_steps(expression, vectors, n, result))
		run_rows(node, expression, vectors, n, result);
}
