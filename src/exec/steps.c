/*-------------------------------------------------------------------------
 *
 * steps.c
 *	  Expressions that are evaluated column by column, for a batch at a time.
 *
 * An expression becomes a list of steps, each a loop over vectors of words: sums,
 * differences, products and comparisons of numbers, casts between these, AND, OR
 * and NOT, CASE and COALESCE.  All of a CASE is evaluated for all rows.  So a step
 * that is out of range for some row does not raise an error: the batch is done row
 * by row then, by PostgreSQL, who knows whether that row comes to it at all.
 *
 * Numerics are the scaled integers that columns have (decimal.c).  PostgreSQL's sums,
 * differences and products of these are exact, and have a scale that follows from
 * the operands' scales; so have the steps.  Only where a CASE or COALESCE chooses
 * between numerics of two scales it depends on the row, and then it is told for each
 * row which it is.  NaN, and what is too large for a decimal, is PostgreSQL's.
 *
 * Copyright (c) 2026, the smol developers
 *
 * IDENTIFICATION
 *	  src/exec/steps.c
 *
 *-------------------------------------------------------------------------
 */
#include "smol.h"

#include <float.h>
#include <math.h>

#include "catalog/pg_type_d.h"
#include "common/int.h"
#include "exec/smolsteps.h"
#include "nodes/nodeFuncs.h"
#include "utils/fmgroids.h"
#include "utils/fmgrprotos.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

#define BATCH_ROWS	1024

/* What a step does. */
typedef enum StepKind
{
	STEP_COLUMN,
	STEP_CONST,
	STEP_NULL,
	STEP_ADD,
	STEP_SUBTRACT,
	STEP_MULTIPLY,
	STEP_DIVIDE,				/* by a constant that is neither 0 nor -1 */
	STEP_MODULO,
	STEP_FLOAT_ADD,
	STEP_FLOAT_SUBTRACT,
	STEP_FLOAT_MULTIPLY,
	STEP_TO_FLOAT,				/* of an integer of up to 32 bits */
	STEP_NARROW,				/* nothing but the range is checked */
	STEP_EQUAL,
	STEP_NOT_EQUAL,
	STEP_LESS,
	STEP_LESS_EQUAL,
	STEP_GREATER,
	STEP_GREATER_EQUAL,
	STEP_BYTES_EQUAL,			/* a column of strings, and a constant */
	STEP_BYTES_NOT_EQUAL,
	STEP_AND,
	STEP_OR,
	STEP_NOT,
	STEP_IS_NULL,
	STEP_IS_NOT_NULL,
	STEP_CHOOSE,				/* by a condition, one or the other */
	STEP_COALESCE,
} StepKind;

/* Steps come after those that they take their operands from. */
typedef struct Step
{
	StepKind	kind;
	int			column;			/* COLUMN, BYTES_: of the index */
	int			operands[3];	/* others: steps; -1: none */
	Oid			type;			/* of the result, without domains */
	int			scale;			/* of numerics; -1: of NULL, it is any */
	int			least;			/* of some rows; -1: of none */
	int64		low;			/* of numbers: the range of the type */
	int64		high;
	SmolSlice	slice;			/* BYTES_: the constant */
	int64	   *words;			/* room for the results of a batch ... */
	int64	   *null_words;
	int64	   *full_words;
	const int64 *result;		/* ... or these of the column */
	const int64 *nulls;			/* NULL: none is */
	const int64 *full;			/* if there is a least scale: not of that */
} Step;

#define MAX_STEPS	40

struct SmolSteps
{
	const SmolMetaPageData *meta;
	SmolColumnOf column_of;
	const void *arg;
	int			test;			/* the step that a CASE compares; -1 */
	bool		has_room;
	int			nsteps;
	Step		steps[MAX_STEPS];
};

static int	add_expr(SmolSteps *steps, const Expr *expr);

/* ---- expressions to steps ---- */

/* The range of a type of numbers; false if it is not one. */
static bool
find_range(Oid type, int64 *low, int64 *high)
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
		case NUMERICOID:
			*high = SMOL_DECIMAL_LIMIT - 1;
			*low = -*high;
			return true;
		default:
			return false;
	}
}

#define ARITHMETIC(name) \
	case F_INT2##name: \
	case F_INT4##name: \
	case F_INT8##name: \
	case F_INT24##name: \
	case F_INT42##name: \
	case F_INT28##name: \
	case F_INT82##name: \
	case F_INT48##name: \
	case F_INT84##name

#define COMPARISONS(name) \
	ARITHMETIC(name): \
	case F_BOOL##name: \
	case F_FLOAT8##name: \
	case F_OID##name: \
	case F_DATE_##name: \
	case F_TIMESTAMP_##name: \
	case F_TIMESTAMPTZ_##name: \
	case F_NUMERIC_##name

/* What a function of PostgreSQL is as a step; false if it is none. */
static bool
find_kind(Oid function, StepKind *kind)
{
	switch (function)
	{
	ARITHMETIC(PL):
		case F_NUMERIC_ADD:
			*kind = STEP_ADD;
			return true;
	ARITHMETIC(MI):
		case F_NUMERIC_SUB:
			*kind = STEP_SUBTRACT;
			return true;
	ARITHMETIC(MUL):
		case F_NUMERIC_MUL:
			*kind = STEP_MULTIPLY;
			return true;
	ARITHMETIC(DIV):
			*kind = STEP_DIVIDE;
			return true;
		case F_INT2MOD:
		case F_INT4MOD:
		case F_INT8MOD:
		case F_MOD_INT2_INT2:
		case F_MOD_INT4_INT4:
		case F_MOD_INT8_INT8:
			*kind = STEP_MODULO;
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
		case F_NUMERIC_INT2:
		case F_NUMERIC_INT4:
		case F_NUMERIC_INT8:
			*kind = STEP_NARROW;
			return true;
	COMPARISONS(EQ):
			*kind = STEP_EQUAL;
			return true;
	COMPARISONS(NE):
			*kind = STEP_NOT_EQUAL;
			return true;
	COMPARISONS(LT):
			*kind = STEP_LESS;
			return true;
	COMPARISONS(LE):
			*kind = STEP_LESS_EQUAL;
			return true;
	COMPARISONS(GT):
			*kind = STEP_GREATER;
			return true;
	COMPARISONS(GE):
			*kind = STEP_GREATER_EQUAL;
			return true;
		default:
			return false;
	}
}

/* The number of a new step; -1: there are too many. */
static int
add_step(SmolSteps *steps, const Step *step)
{
	if (steps->nsteps == MAX_STEPS)
		return -1;
	steps->steps[steps->nsteps] = *step;
	return steps->nsteps++;
}

static Step
make_step(StepKind kind, Oid type, int a, int b, int c)
{
	Step		step = {.kind = kind,.operands = {a, b, c},.type = type,.least = -1};

	(void) find_range(type, &step.low, &step.high);
	return step;
}

/* A step with the same numbers at another scale. */
static int
add_scaling(SmolSteps *steps, int operand, int scale)
{
	const Step *old = &steps->steps[operand];
	Step		factor = make_step(STEP_CONST, INT8OID, -1, -1, -1);
	Step		step = make_step(STEP_MULTIPLY, NUMERICOID, operand, -1, -1);

	if (old->scale == scale || old->scale < 0)
		return operand;
	factor.low = 1;
	for (int i = old->scale; i < scale; i++)
		factor.low *= 10;
	step.scale = scale;
	step.operands[1] = add_step(steps, &factor);
	return step.operands[1] < 0 ? -1 : add_step(steps, &step);
}

static int
add_column(SmolSteps *steps, const Var *var)
{
	Step		step = make_step(STEP_COLUMN, getBaseType(var->vartype), -1, -1, -1);
	const SmolColumnDesc *desc;
	bool		fits;

	step.column = steps->column_of(var, steps->arg);
	if (step.column < 0)
		return -1;
	desc = &steps->meta->columns[step.column];
	switch (step.type)
	{
		case BOOLOID:
			fits = desc->image == SMOL_IMAGE_UINT1;
			break;
		case INT2OID:
			fits = desc->image == SMOL_IMAGE_INT2;
			break;
		case INT4OID:
		case DATEOID:
			fits = desc->image == SMOL_IMAGE_INT4;
			break;
		case OIDOID:
			fits = desc->image == SMOL_IMAGE_UINT4;
			break;
		case INT8OID:
		case TIMESTAMPOID:
		case TIMESTAMPTZOID:
			fits = desc->image == SMOL_IMAGE_INT8;
			break;
		case FLOAT8OID:
			fits = desc->image == SMOL_IMAGE_FLOAT8;
			break;
		case NUMERICOID:
			fits = desc->image == SMOL_IMAGE_DECIMAL;
			step.scale = desc->scale;
			break;
		default:
			return -1;
	}
	return fits ? add_step(steps, &step) : -1;
}

static int
add_const(SmolSteps *steps, const Const *constant)
{
	Step		step = make_step(STEP_CONST, getBaseType(constant->consttype), -1, -1, -1);
	SmolColumnDesc desc;
	SmolValue	value;

	if (constant->constisnull)
	{
		step.kind = STEP_NULL;
		step.scale = -1;
		return add_step(steps, &step);
	}
	if (step.type == NUMERICOID)
	{
		Datum		datum = PointerGetDatum(PG_DETOAST_DATUM_PACKED(constant->constvalue));

		LOCAL_FCINFO(fcinfo, 1);
		bool		between;

		InitFunctionCallInfoData(*fcinfo, NULL, 1, InvalidOid, NULL, NULL);
		fcinfo->args[0].value = datum;
		fcinfo->args[0].isnull = false;
		step.scale = DatumGetInt32(numeric_scale(fcinfo));
		if (fcinfo->isnull || step.scale > SMOL_DECIMAL_DIGITS ||
			!smol_numeric_is_decimal((struct varlena *) DatumGetPointer(datum), step.scale))
			return -1;
		step.low = smol_numeric_to_word((struct varlena *) DatumGetPointer(datum), step.scale,
										&between);
		return add_step(steps, &step);
	}
	if (!smol_describe_type(step.type, &desc))
		return -1;
	smol_datum_to_value(&desc, constant->constvalue, &value);
	step.low = value.word;
	return add_step(steps, &step);
}

/* Operands of numerics must be of one scale each, and for some steps of the same. */
static bool
match_scales(SmolSteps *steps, Step *step)
{
	const Step *a = &steps->steps[step->operands[0]];
	const Step *b = &steps->steps[step->operands[1]];
	int			scale;

	if (a->type != NUMERICOID || b->type != NUMERICOID || a->least >= 0 || b->least >= 0 ||
		a->scale < 0 || b->scale < 0)
		return false;
	scale = step->kind == STEP_MULTIPLY ? a->scale + b->scale : Max(a->scale, b->scale);
	if (scale > SMOL_DECIMAL_DIGITS)
		return false;
	step->scale = scale;
	if (step->kind == STEP_MULTIPLY)
		return true;
	step->operands[0] = add_scaling(steps, step->operands[0], scale);
	step->operands[1] = add_scaling(steps, step->operands[1], scale);
	return step->operands[0] >= 0 && step->operands[1] >= 0;
}

/* A column of strings that is compared with a constant. */
static int
add_string_test(SmolSteps *steps, Oid function, Oid collation, const List *args)
{
	Step		step = make_step(function == F_TEXTEQ ? STEP_BYTES_EQUAL : STEP_BYTES_NOT_EQUAL,
								 BOOLOID, -1, -1, -1);
	const Node *left = linitial(args);
	const Node *right = lsecond(args);
	struct varlena *text;

	if (IsA(left, Const))
	{
		const Node *swap = left;

		left = right;
		right = swap;
	}
	while (IsA(left, RelabelType))
		left = (const Node *) ((const RelabelType *) left)->arg;
	if (!IsA(left, Var) || !IsA(right, Const) || ((const Const *) right)->constisnull ||
		(((const Var *) left)->vartype != TEXTOID && ((const Var *) left)->vartype != VARCHAROID) ||
		!get_collation_isdeterministic(collation))
		return -1;
	step.column = steps->column_of((const Var *) left, steps->arg);
	if (step.column < 0 || steps->meta->columns[step.column].image != SMOL_IMAGE_VARLENA)
		return -1;
	text = PG_DETOAST_DATUM_PACKED(((const Const *) right)->constvalue);

	step.slice.ptr = (const uint8 *) VARDATA_ANY(text);
	step.slice.len = VARSIZE_ANY_EXHDR(text);
	return add_step(steps, &step);
}

static int
add_call(SmolSteps *steps, Oid function, Oid type, Oid collation, const List *args)
{
	Step		step = make_step(STEP_NULL, type, -1, -1, -1);
	int			at = 0;
	ListCell   *lc;

	if ((function == F_TEXTEQ || function == F_TEXTNE) && list_length(args) == 2)
		return add_string_test(steps, function, collation, args);
	if (function == F_INT2UM || function == F_INT4UM || function == F_INT8UM ||
		function == F_NUMERIC_UMINUS)
	{
		Step		zero = make_step(STEP_CONST, type, -1, -1, -1);

		zero.low = 0;
		step.kind = STEP_SUBTRACT;
		step.operands[at++] = add_step(steps, &zero);
		if (step.operands[0] < 0)
			return -1;
	}
	else if (!find_kind(function, &step.kind))
		return -1;
	foreach(lc, args)
	{
		if (at == 2)
			return -1;
		step.operands[at] = add_expr(steps, lfirst(lc));
		if (step.operands[at++] < 0)
			return -1;
	}
	if (at == 0)
		return -1;
	if (step.kind == STEP_DIVIDE || step.kind == STEP_MODULO)
	{
		const Step *divisor = &steps->steps[step.operands[1]];

		if (divisor->kind != STEP_CONST || divisor->low == 0 || divisor->low == -1)
			return -1;
	}
	for (int i = 0; i < at; i++)
		if (steps->steps[step.operands[i]].type == NUMERICOID)
		{
			/* there is no step that leaves them */
			if (at != 2 || !match_scales(steps, &step))
				return -1;
			break;
		}
	return add_step(steps, &step);
}

/*
 * Whichever is chosen: numerics of two scales become those of the greater one, and
 * remember.
 */
static int
add_choice(SmolSteps *steps, StepKind kind, int condition, int a, int b)
{
	Step	   *one;
	Step	   *other;
	Step		step;

	if (a < 0 || b < 0)
		return -1;
	one = &steps->steps[a];
	other = &steps->steps[b];
	if (one->type != other->type)
		return -1;
	step = make_step(kind, one->type, condition, a, b);
	if (one->type == NUMERICOID)
	{
		int			scales[] = {one->scale, one->least, other->scale, other->least};

		step.scale = Max(one->scale, other->scale);
		for (int i = 0; i < 4; i++)
		{
			if (scales[i] < 0 || scales[i] == step.scale || scales[i] == step.least)
				continue;
			if (step.least >= 0)
				return -1;
			step.least = scales[i];
		}

		/* what has two has the greater one already */
		step.operands[1] = add_scaling(steps, a, step.scale);
		step.operands[2] = step.operands[1] < 0 ? -1 : add_scaling(steps, b, step.scale);
		if (step.operands[2] < 0)
			return -1;
		if (steps->nsteps == MAX_STEPS)
			return -1;

		/* of what was scaled no row is full */
		if (step.operands[1] != a)
			steps->steps[step.operands[1]].least = scales[0];
		if (step.operands[2] != b)
			steps->steps[step.operands[2]].least = scales[2];
	}
	return add_step(steps, &step);
}

static int
add_case(SmolSteps *steps, const CaseExpr *expr)
{
	int			outer = steps->test;
	int			test = -1;
	int			result;

	if (expr->arg)
	{
		test = add_expr(steps, expr->arg);
		if (test < 0)
			return -1;
	}
	result = add_expr(steps, expr->defresult);
	for (int i = list_length(expr->args) - 1; i >= 0 && result >= 0; i--)
	{
		const CaseWhen *when = list_nth_node(CaseWhen, expr->args, i);
		int			condition;

		steps->test = test;
		condition = add_expr(steps, when->expr);
		steps->test = outer;
		if (condition < 0)
			return -1;
		result = add_choice(steps, STEP_CHOOSE, condition, add_expr(steps, when->result), result);
	}
	return result;
}

static int
add_bool(SmolSteps *steps, const BoolExpr *expr)
{
	StepKind	kind = expr->boolop == AND_EXPR ? STEP_AND :
		expr->boolop == OR_EXPR ? STEP_OR : STEP_NOT;
	int			result = add_expr(steps, linitial(expr->args));
	Step		step;

	if (result < 0)
		return -1;
	if (kind == STEP_NOT)
	{
		step = make_step(kind, BOOLOID, result, -1, -1);
		return add_step(steps, &step);
	}
	for (int i = 1; i < list_length(expr->args); i++)
	{
		int			next = add_expr(steps, list_nth(expr->args, i));

		if (next < 0)
			return -1;
		step = make_step(kind, BOOLOID, result, next, -1);
		result = add_step(steps, &step);
		if (result < 0)
			return -1;
	}
	return result;
}

/* Add the steps of an expression; the number of the last one, or -1. */
static int
add_expr(SmolSteps *steps, const Expr *expr)
{
	Step		step;
	int			result;

	switch (nodeTag(expr))
	{
		case T_Var:
			return add_column(steps, (const Var *) expr);
		case T_Const:
			return add_const(steps, (const Const *) expr);
		case T_OpExpr:
			set_opfuncid((OpExpr *) unconstify(Expr *, expr));
			return add_call(steps, ((const OpExpr *) expr)->opfuncid,
							((const OpExpr *) expr)->opresulttype,
							((const OpExpr *) expr)->inputcollid,
							((const OpExpr *) expr)->args);
		case T_FuncExpr:
			return add_call(steps, ((const FuncExpr *) expr)->funcid,
							((const FuncExpr *) expr)->funcresulttype,
							((const FuncExpr *) expr)->inputcollid,
							((const FuncExpr *) expr)->args);
		case T_BoolExpr:
			return add_bool(steps, (const BoolExpr *) expr);
		case T_CaseExpr:
			return add_case(steps, (const CaseExpr *) expr);
		case T_CaseTestExpr:
			return steps->test;
		case T_CoalesceExpr:
			{
				const List *args = ((const CoalesceExpr *) expr)->args;

				result = add_expr(steps, llast(args));
				for (int i = list_length(args) - 2; i >= 0 && result >= 0; i--)
					result = add_choice(steps, STEP_COALESCE, -1,
										add_expr(steps, list_nth(args, i)), result);
				return result;
			}
		case T_NullTest:
			if (((const NullTest *) expr)->argisrow)
				return -1;
			result = add_expr(steps, ((const NullTest *) expr)->arg);
			if (result < 0)
				return -1;
			step = make_step(((const NullTest *) expr)->nulltesttype == IS_NULL ?
							 STEP_IS_NULL : STEP_IS_NOT_NULL, BOOLOID, result, -1, -1);
			return add_step(steps, &step);
		default:
			return -1;
	}
}

/* The steps of an expression; NULL if it can't be done by steps. */
SmolSteps *
smol_make_steps(const Expr *expr, const SmolMetaPageData *meta,
				SmolColumnOf column_of, const void *arg)
{
	SmolSteps  *steps = palloc0(sizeof(SmolSteps));
	int			last;

	steps->meta = meta;
	steps->column_of = column_of;
	steps->arg = arg;
	steps->test = -1;
	last = add_expr(steps, expr);
	if (last >= 0 && (steps->steps[last].type != NUMERICOID || steps->steps[last].scale >= 0) &&
		last == steps->nsteps - 1)
		return steps;
	pfree(steps);
	return NULL;
}

/* What comes of them. */
void
smol_describe_steps(const SmolSteps *steps, SmolStepsResult *result)
{
	const Step *last = &steps->steps[steps->nsteps - 1];

	result->least = -1;
	if (last->type == NUMERICOID)
	{
		memset(&result->desc, 0, sizeof(result->desc));
		result->desc.image = SMOL_IMAGE_DECIMAL;
		result->desc.scale = (uint8) last->scale;
		result->least = last->least;
	}
	else
		(void) smol_describe_type(last->type, &result->desc);
}

/* ---- a batch ---- */

static void
make_room(SmolSteps *steps)
{
	MemoryContext old = MemoryContextSwitchTo(GetMemoryChunkContext(steps));

	for (int s = 0; s < steps->nsteps; s++)
	{
		Step	   *step = &steps->steps[s];

		step->words = palloc0_array(int64, BATCH_ROWS);
		step->null_words = palloc_array(int64, BATCH_ROWS);
		if (step->type == NUMERICOID && step->least >= 0)
			step->full_words = palloc0_array(int64, BATCH_ROWS);
		for (int i = 0; i < BATCH_ROWS; i++)
		{
			if (step->kind == STEP_CONST)
				step->words[i] = step->low;
			step->null_words[i] = 1;
		}
	}
	steps->has_room = true;
	MemoryContextSwitchTo(old);
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

/* Is a strict step's result NULL? */
static const int64 *
join_nulls(const Step *a, const Step *b, int64 *room, uint32 n)
{
	if (b == NULL || b->nulls == NULL)
		return a->nulls;
	if (a->nulls == NULL)
		return b->nulls;
	for (uint32 i = 0; i < n; i++)
		room[i] = a->nulls[i] | b->nulls[i];
	return room;
}

static inline int64
null_at(const Step *step, uint32 i)
{
	return step->nulls ? step->nulls[i] != 0 : 0;
}

/* Is the numeric of the greater scale of two? */
static inline int64
full_at(const Step *step, uint32 i, int scale)
{
	return step->least < 0 ? step->scale == scale : step->full ? step->full[i] : 0;
}

/* A column of decimals: NaN is none. */
static bool
has_nan(const int64 *words, uint32 n)
{
	bool		any = false;

	for (uint32 i = 0; i < n; i++)
		any |= words[i] == SMOL_DECIMAL_NAN;
	return any;
}

static void
test_bytes(const Step *step, const SmolVector *vector, uint32 n)
{
	int64		yes = step->kind == STEP_BYTES_EQUAL;
	SmolSlice	b = step->slice;

	for (uint32 i = 0; i < n; i++)
	{
		SmolSlice	a = {NULL, 0};

		if (vector->nulls == NULL || !vector->nulls[i])
			a = vector->slices[i];
		step->words[i] = (a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0)) ?
			yes : !yes;
	}
}

/* Choose for each row. */
static void
choose(Step *step, const Step *condition, const Step *one, const Step *other, uint32 n)
{
	for (uint32 i = 0; i < n; i++)
	{
		bool		first = condition ? condition->result[i] && !null_at(condition, i) :
			!null_at(one, i);
		const Step *chosen = first ? one : other;

		step->words[i] = chosen->result[i];
		step->null_words[i] = null_at(chosen, i);
		if (step->full_words)
			step->full_words[i] = full_at(chosen, i, step->scale);
	}
	step->nulls = step->null_words;
	step->full = step->full_words;
}

/*
 * One step for n rows; false if it may be an error for some.  That may be a row that
 * is NULL, does not pass a FILTER, or does not come to it.
 */
static bool
run_step(SmolSteps *steps, Step *step, const SmolVector *vectors, uint32 n)
{
	const Step *a = step->operands[0] >= 0 ? &steps->steps[step->operands[0]] : NULL;
	const Step *b = step->operands[1] >= 0 ? &steps->steps[step->operands[1]] : NULL;
	const int64 *left = a ? a->result : NULL;
	const int64 *right = b ? b->result : NULL;
	int64	   *out = step->words;
	bool		bad = false;

	step->result = step->words;
	step->full = NULL;

	/* a step was given what its kind takes */
#define TAKES_ONE	Assert(a != NULL && left != NULL)
#define TAKES_TWO	Assert(a != NULL && left != NULL && b != NULL && right != NULL)

#define INTEGERS(function) \
	TAKES_TWO; \
	for (uint32 i = 0; i < n; i++) \
	{ \
		bad |= function(left[i], right[i], &out[i]); \
		bad |= (out[i] < step->low) | (out[i] > step->high); \
	}

	/* whatever comes of infinity or NaN is left to PostgreSQL */
#define FLOATS(op) \
	TAKES_TWO; \
	for (uint32 i = 0; i < n; i++) \
	{ \
		double		result = get_float(left[i]) op get_float(right[i]); \
		bad |= !(fabs(result) <= DBL_MAX); \
		out[i] = get_word(result); \
	}

#define COMPARE(op) \
	TAKES_TWO; \
	if (a->type == FLOAT8OID) \
		for (uint32 i = 0; i < n; i++) \
			out[i] = smol_compare_floats(get_float(left[i]), get_float(right[i])) op 0; \
	else \
		for (uint32 i = 0; i < n; i++) \
			out[i] = left[i] op right[i]

	switch (step->kind)
	{
		case STEP_COLUMN:
			step->result = vectors[step->column].words;
			step->nulls = vectors[step->column].nulls;
			return step->type != NUMERICOID || !has_nan(step->result, n);
		case STEP_CONST:
			step->nulls = NULL;
			return true;
		case STEP_NULL:
			step->nulls = step->null_words;
			return true;
		case STEP_BYTES_EQUAL:
		case STEP_BYTES_NOT_EQUAL:
			test_bytes(step, &vectors[step->column], n);
			step->nulls = vectors[step->column].nulls;
			return true;
		case STEP_AND:
		case STEP_OR:
			{
				int64		decides = step->kind == STEP_OR;

				TAKES_TWO;
				for (uint32 i = 0; i < n; i++)
				{
					int64		a_null = null_at(a, i);
					int64		b_null = null_at(b, i);
					bool		decided = (!a_null && left[i] == decides) ||
						(!b_null && right[i] == decides);

					out[i] = decided ? decides : !decides;
					step->null_words[i] = !decided && (a_null || b_null);
				}
				step->nulls = step->null_words;
				return true;
			}
		case STEP_IS_NULL:
		case STEP_IS_NOT_NULL:
			Assert(a != NULL);
			for (uint32 i = 0; i < n; i++)
				out[i] = null_at(a, i) == (step->kind == STEP_IS_NULL);
			step->nulls = NULL;
			return true;
		case STEP_CHOOSE:
			TAKES_TWO;
			choose(step, a, b, &steps->steps[step->operands[2]], n);
			return true;
		case STEP_COALESCE:
			Assert(b != NULL);
			choose(step, NULL, b, &steps->steps[step->operands[2]], n);
			return true;
		case STEP_ADD:
			INTEGERS(pg_add_s64_overflow);
			break;
		case STEP_SUBTRACT:
			INTEGERS(pg_sub_s64_overflow);
			break;
		case STEP_MULTIPLY:
			INTEGERS(pg_mul_s64_overflow);
			break;
		case STEP_DIVIDE:
			TAKES_TWO;
			for (uint32 i = 0; i < n; i++)
				out[i] = left[i] / right[0];
			break;
		case STEP_MODULO:
			TAKES_TWO;
			for (uint32 i = 0; i < n; i++)
				out[i] = left[i] % right[0];
			break;
		case STEP_FLOAT_ADD:
			FLOATS(+);
			break;
		case STEP_FLOAT_SUBTRACT:
			FLOATS(-);
			break;
		case STEP_FLOAT_MULTIPLY:
			/* zero is zero's product, or too small */
			TAKES_TWO;
			for (uint32 i = 0; i < n; i++)
			{
				double		x = get_float(left[i]);
				double		y = get_float(right[i]);
				double		result = x * y;

				bad |= (!(fabs(result) <= DBL_MAX)) |
					((result == 0.0) & (x != 0.0) & (y != 0.0));
				out[i] = get_word(result);
			}
			break;
		case STEP_TO_FLOAT:
			TAKES_ONE;
			for (uint32 i = 0; i < n; i++)
				out[i] = get_word((double) left[i]);
			break;
		case STEP_NARROW:
			TAKES_ONE;
			for (uint32 i = 0; i < n; i++)
			{
				bad |= (left[i] < step->low) | (left[i] > step->high);
				out[i] = left[i];
			}
			break;
		case STEP_EQUAL:
			COMPARE(==);
			break;
		case STEP_NOT_EQUAL:
			COMPARE(!=);
			break;
		case STEP_LESS:
			COMPARE(<);
			break;
		case STEP_LESS_EQUAL:
			COMPARE(<=);
			break;
		case STEP_GREATER:
			COMPARE(>);
			break;
		case STEP_GREATER_EQUAL:
			COMPARE(>=);
			break;
		case STEP_NOT:
			TAKES_ONE;
			for (uint32 i = 0; i < n; i++)
				out[i] = !left[i];
			break;
	}
#undef INTEGERS
#undef FLOATS
#undef COMPARE
#undef TAKES_ONE
#undef TAKES_TWO

	/* these are strict */
	Assert(a != NULL);
	step->nulls = join_nulls(a, b, step->null_words, n);
	return !bad;
}

/*
 * Column by column; false if it must be row by row.  If there is a least scale, *full
 * says for each row whether it is of the other one.
 */
bool
smol_run_steps(SmolSteps *steps, const SmolVector *vectors, uint32 n,
			   SmolVector *result, const int64 **full)
{
	const Step *last = &steps->steps[steps->nsteps - 1];

	Assert(n <= BATCH_ROWS);
	if (!steps->has_room)
		make_room(steps);
	for (int s = 0; s < steps->nsteps; s++)
		if (!run_step(steps, &steps->steps[s], vectors, n))
			return false;
	result->words = unconstify(int64 *, last->result);
	result->slices = NULL;
	result->nulls = unconstify(int64 *, last->nulls);
	*full = last->full;
	return true;
}
