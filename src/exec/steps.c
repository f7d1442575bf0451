/*-------------------------------------------------------------------------
 *
 * steps.c
 *	  Expressions made into steps, which are run column by column (runsteps.c).
 *
 * An expression becomes a list of steps, each a loop over vectors of words: sums,
 * differences, products and comparisons of numbers, casts between these, AND, OR
 * and NOT, CASE and COALESCE.  What is none of these can't be done by steps, and
 * neither can what contains it.  It takes no more than the metapage to know; so the
 * planner makes the list too, to see whether there is one.
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

#include "catalog/pg_type_d.h"
#include "exec/steps_impl.h"
#include "nodes/nodeFuncs.h"
#include "utils/fmgroids.h"
#include "utils/fmgrprotos.h"
#include "utils/lsyscache.h"

static int	add_expr(SmolSteps *steps, const Expr *expr);

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
