/*-------------------------------------------------------------------------
 *
 * agg.c
 *	  The aggregates that smol computes: a table, and how states become
 *	  results.
 *
 * Results are what PostgreSQL's own aggregates would give, type, scale and
 * errors included.  Numerics are divided, and square roots taken, by
 * PostgreSQL's own functions: where its final function wants its own
 * transition state, that is made by way of its serialized form.
 *
 * What is not in the table is left to PostgreSQL.
 *
 * Copyright (c) 2026, the smol developers
 *
 * IDENTIFICATION
 *	  src/exec/agg.c
 *
 *-------------------------------------------------------------------------
 */
#include "smol.h"

#include "catalog/pg_type_d.h"
#include "exec/smolagg.h"
#include "libpq/pqformat.h"
#include "nodes/execnodes.h"
#include "utils/array.h"
#include "utils/fmgroids.h"
#include "utils/fmgrprotos.h"
#include "utils/numeric.h"

/* ---- wide integers to numerics ---- */

/* An integer of 192 bits, and its sign. */
typedef struct Wide
{
	bool		negative;
	uint64		limbs[3];		/* magnitude, least first */
} Wide;

static Wide
wide_sum(int128 sum)
{
	uint128		size = sum < 0 ? -(uint128) sum : (uint128) sum;
	Wide		wide = {.negative = sum < 0};

	wide.limbs[0] = (uint64) size;
	wide.limbs[1] = (uint64) (size >> 64);
	return wide;
}

/* The numeric value of wide / 10^scale, with that many digits shown. */
static Datum
wide_to_numeric(Wide wide, int scale)
{
	char		digits[64 + SMOL_DECIMAL_DIGITS];
	char	   *p = digits + sizeof(digits);
	int			n = 0;

	*--p = '\0';
	while (n <= scale || (wide.limbs[0] | wide.limbs[1] | wide.limbs[2]) != 0)
	{
		uint64		rest = 0;

		if (n == scale && scale > 0)
			*--p = '.';
		for (int i = 2; i >= 0; i--)
		{
			uint128		part = ((uint128) rest << 64) | wide.limbs[i];

			wide.limbs[i] = (uint64) (part / 10);
			rest = (uint64) (part % 10);
		}
		*--p = '0' + (char) rest;
		n++;
	}
	if (wide.negative)
		*--p = '-';
	return DirectFunctionCall3(numeric_in, CStringGetDatum(p),
							   ObjectIdGetDatum(InvalidOid), Int32GetDatum(-1));
}

static Datum
sum_to_numeric(int128 sum, int scale)
{
	if (scale == 0 && sum >= PG_INT64_MIN && sum <= PG_INT64_MAX)
		return NumericGetDatum(int64_to_numeric((int64) sum));
	return wide_to_numeric(wide_sum(sum), scale);
}

static Datum
nan_numeric(void)
{
	return DirectFunctionCall3(numeric_in, CStringGetDatum("NaN"),
							   ObjectIdGetDatum(InvalidOid), Int32GetDatum(-1));
}

/* ---- results; false: NULL ---- */

static bool
finish_count(const SmolAggregate *agg, const SmolCell *cell, Datum *result)
{
	*result = Int64GetDatum(cell->n);
	return true;
}

/* int2_sum and int4_sum add up in 64 bits and don't look */
static bool
finish_sum_int8(const SmolAggregate *agg, const SmolCell *cell, Datum *result)
{
	*result = Int64GetDatum((int64) cell->u.sum);
	return cell->n > 0;
}

static bool
finish_sum_numeric(const SmolAggregate *agg, const SmolCell *cell, Datum *result)
{
	if (cell->n == 0)
		return false;
	*result = cell->nans > 0 ? nan_numeric() :
		sum_to_numeric(cell->u.sum, agg->desc.scale);
	return true;
}

static bool
finish_sum_money(const SmolAggregate *agg, const SmolCell *cell, Datum *result)
{
	if (cell->n == 0)
		return false;

	/* the error of cash_pl */
	if (cell->u.sum < PG_INT64_MIN || cell->u.sum > PG_INT64_MAX)
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("money out of range")));
	*result = Int64GetDatum((int64) cell->u.sum);
	return true;
}

static bool
finish_avg(const SmolAggregate *agg, const SmolCell *cell, Datum *result)
{
	Datum		sum;

	if (!finish_sum_numeric(agg, cell, &sum))
		return false;
	*result = cell->nans > 0 ? sum :
		DirectFunctionCall2(numeric_div, sum,
							NumericGetDatum(int64_to_numeric(cell->n)));
	return true;
}

static bool
finish_word(const SmolAggregate *agg, const SmolCell *cell, Datum *result)
{
	const SmolSlice none = {NULL, 0};

	if (cell->n == 0)
		return false;
	*result = smol_value_to_datum(&agg->desc, cell->u.word, none);
	return true;
}

static bool
finish_float_sum(const SmolAggregate *agg, const SmolCell *cell, Datum *result)
{
	if (cell->n == 0)
		return false;
	*result = agg->desc.image == SMOL_IMAGE_FLOAT4 ?
		Float4GetDatum((float4) cell->u.f.sum) : Float8GetDatum(cell->u.f.sum);
	return true;
}

/* Call a final function of PostgreSQL. */
static bool
call_final(PGFunction function, Datum state, Datum *result)
{
	LOCAL_FCINFO(fcinfo, 1);

	InitFunctionCallInfoData(*fcinfo, NULL, 1, InvalidOid, NULL, NULL);
	fcinfo->args[0].value = state;
	fcinfo->args[0].isnull = false;
	*result = function(fcinfo);
	return !fcinfo->isnull;
}

/* avg, variance and standard deviation of floats: float8_accum's array */
static bool
finish_float_accum(const SmolAggregate *agg, const SmolCell *cell, Datum *result)
{
	Datum		values[3];

	values[0] = Float8GetDatum((double) cell->n);
	values[1] = Float8GetDatum(cell->u.f.sum);
	values[2] = Float8GetDatum(cell->u.f.squares);
	return call_final(agg->type->final,
					  PointerGetDatum(construct_array_builtin(values, 3, FLOAT8OID)),
					  result);
}

/*
 * Append a numeric as numericvar_serialize does, with the help of numeric_send,
 * which writes shorter fields.
 */
static void
append_numeric(StringInfo out, Datum numeric)
{
	bytea	   *sent = DatumGetByteaPP(DirectFunctionCall1(numeric_send, numeric));
	StringInfoData in;
	int			ndigits;

	initReadOnlyStringInfo(&in, VARDATA_ANY(sent), VARSIZE_ANY_EXHDR(sent));
	ndigits = (int) pq_getmsgint(&in, sizeof(int16));
	pq_sendint32(out, ndigits);
	pq_sendint32(out, (int16) pq_getmsgint(&in, sizeof(int16)));	/* weight */
	pq_sendint32(out, pq_getmsgint(&in, sizeof(int16)));	/* sign */
	pq_sendint32(out, pq_getmsgint(&in, sizeof(int16)));	/* scale */
	for (int i = 0; i < ndigits; i++)
		pq_sendint16(out, pq_getmsgint(&in, sizeof(int16)));
}

/*
 * Variance and standard deviation of integers and numerics: the state that
 * numeric_poly_serialize (int2, int4) or numeric_serialize would have written.
 */
static bool
finish_squares(const SmolAggregate *agg, const SmolCell *cell, Datum *result)
{
	const SmolSquares *squares = (const SmolSquares *) (cell + 1);
	bool		poly = agg->type->argument == INT2OID || agg->type->argument == INT4OID;
	WindowAggState context = {0};
	Wide		wide = {0};

	LOCAL_FCINFO(fcinfo, 2);
	StringInfoData buf;
	Datum		state;

	if (cell->n == 0)
		return false;
	wide.limbs[0] = (uint64) squares->low;
	wide.limbs[1] = (uint64) (squares->low >> 64);
	wide.limbs[2] = (uint64) squares->high;

	pq_begintypsend(&buf);
	pq_sendint64(&buf, cell->n - cell->nans);
	append_numeric(&buf, cell->nans > 0 ? sum_to_numeric(0, 0) :
				   sum_to_numeric(cell->u.sum, agg->desc.scale));
	append_numeric(&buf, cell->nans > 0 ? sum_to_numeric(0, 0) :
				   wide_to_numeric(wide, 2 * agg->desc.scale));
	if (!poly)
	{
		pq_sendint32(&buf, agg->desc.scale);	/* greatest scale */
		pq_sendint64(&buf, cell->n - cell->nans);	/* values of that scale */
		pq_sendint64(&buf, cell->nans);
		pq_sendint64(&buf, 0);	/* infinities */
		pq_sendint64(&buf, 0);
	}

	/* it must be called as if for an aggregate */
	context.ss.ps.type = T_WindowAggState;
	context.curaggcontext = CurrentMemoryContext;
	InitFunctionCallInfoData(*fcinfo, NULL, 2, InvalidOid, (Node *) &context, NULL);
	fcinfo->args[0].value = PointerGetDatum(pq_endtypsend(&buf));
	fcinfo->args[0].isnull = false;
	fcinfo->args[1].value = (Datum) 0;
	fcinfo->args[1].isnull = true;
	state = poly ? numeric_poly_deserialize(fcinfo) : numeric_deserialize(fcinfo);
	return call_final(agg->type->final, state, result);
}

/* ---- the table ---- */

#define WORD_MINMAX(suffix, type) \
	{F_MIN_##suffix, type, SMOL_FOLD_MIN, finish_word, NULL}, \
	{F_MAX_##suffix, type, SMOL_FOLD_MAX, finish_word, NULL}

#define FLOAT(suffix, type) \
	{F_MIN_##suffix, type, SMOL_FOLD_FLOAT_MIN, finish_word, NULL}, \
	{F_MAX_##suffix, type, SMOL_FOLD_FLOAT_MAX, finish_word, NULL}, \
	{F_SUM_##suffix, type, SMOL_FOLD_FLOAT_SUM, finish_float_sum, NULL}, \
	{F_AVG_##suffix, type, SMOL_FOLD_FLOAT_ACCUM, finish_float_accum, float8_avg}, \
	{F_VAR_POP_##suffix, type, SMOL_FOLD_FLOAT_ACCUM, finish_float_accum, float8_var_pop}, \
	{F_VAR_SAMP_##suffix, type, SMOL_FOLD_FLOAT_ACCUM, finish_float_accum, float8_var_samp}, \
	{F_VARIANCE_##suffix, type, SMOL_FOLD_FLOAT_ACCUM, finish_float_accum, float8_var_samp}, \
	{F_STDDEV_POP_##suffix, type, SMOL_FOLD_FLOAT_ACCUM, finish_float_accum, float8_stddev_pop}, \
	{F_STDDEV_SAMP_##suffix, type, SMOL_FOLD_FLOAT_ACCUM, finish_float_accum, float8_stddev_samp}, \
	{F_STDDEV_##suffix, type, SMOL_FOLD_FLOAT_ACCUM, finish_float_accum, float8_stddev_samp}

#define NUMBER(suffix, type, finish_sum, final) \
	WORD_MINMAX(suffix, type), \
	{F_SUM_##suffix, type, SMOL_FOLD_SUM, finish_sum, NULL}, \
	{F_AVG_##suffix, type, SMOL_FOLD_SUM, finish_avg, NULL}, \
	{F_VAR_POP_##suffix, type, SMOL_FOLD_SQUARES, finish_squares, final##_var_pop}, \
	{F_VAR_SAMP_##suffix, type, SMOL_FOLD_SQUARES, finish_squares, final##_var_samp}, \
	{F_VARIANCE_##suffix, type, SMOL_FOLD_SQUARES, finish_squares, final##_var_samp}, \
	{F_STDDEV_POP_##suffix, type, SMOL_FOLD_SQUARES, finish_squares, final##_stddev_pop}, \
	{F_STDDEV_SAMP_##suffix, type, SMOL_FOLD_SQUARES, finish_squares, final##_stddev_samp}, \
	{F_STDDEV_##suffix, type, SMOL_FOLD_SQUARES, finish_squares, final##_stddev_samp}

static const SmolAggregateType smol_aggregates[] = {
	{F_COUNT_, InvalidOid, SMOL_FOLD_COUNT, finish_count, NULL},
	{F_COUNT_ANY, InvalidOid, SMOL_FOLD_COUNT, finish_count, NULL},
	{F_BOOL_AND, BOOLOID, SMOL_FOLD_MIN, finish_word, NULL},
	{F_EVERY, BOOLOID, SMOL_FOLD_MIN, finish_word, NULL},
	{F_BOOL_OR, BOOLOID, SMOL_FOLD_MAX, finish_word, NULL},
	NUMBER(INT2, INT2OID, finish_sum_int8, numeric_poly),
	NUMBER(INT4, INT4OID, finish_sum_int8, numeric_poly),
	NUMBER(INT8, INT8OID, finish_sum_numeric, numeric),
	NUMBER(NUMERIC, NUMERICOID, finish_sum_numeric, numeric),
	FLOAT(FLOAT4, FLOAT4OID),
	FLOAT(FLOAT8, FLOAT8OID),
	{F_SUM_MONEY, MONEYOID, SMOL_FOLD_SUM, finish_sum_money, NULL},
	WORD_MINMAX(MONEY, MONEYOID),
	WORD_MINMAX(OID, OIDOID),
	WORD_MINMAX(DATE, DATEOID),
	WORD_MINMAX(TIME, TIMEOID),
	WORD_MINMAX(TIMESTAMP, TIMESTAMPOID),
	WORD_MINMAX(TIMESTAMPTZ, TIMESTAMPTZOID),
	WORD_MINMAX(PG_LSN, PG_LSNOID),
	WORD_MINMAX(XID8, XID8OID),
};

/*
 * The row of an aggregate function over a column of a (base) type, or NULL.
 */
const SmolAggregateType *
smol_find_aggregate(Oid function, Oid argument)
{
	for (size_t i = 0; i < lengthof(smol_aggregates); i++)
	{
		const SmolAggregateType *type = &smol_aggregates[i];

		if (type->function == function &&
			(type->argument == argument || !OidIsValid(type->argument)))
			return type;
	}
	return NULL;
}

/*
 * Can it be computed over a column that is stored like this?  Counts always
 * can; numerics must be stored as words.
 */
bool
smol_aggregate_fits(const SmolAggregateType *type, const SmolColumnDesc *desc)
{
	if (type->fold == SMOL_FOLD_COUNT)
		return true;
	if (type->argument == NUMERICOID)
		return desc->image == SMOL_IMAGE_DECIMAL;
	return SmolImageIsWord(desc->image);
}

/* Which statistics answer it for whole subtrees? */
uint8
smol_aggregate_stats(const SmolAggregateType *type)
{
	switch (type->fold)
	{
		case SMOL_FOLD_SUM:
			return SMOL_STATS_SUM;
		case SMOL_FOLD_MIN:
		case SMOL_FOLD_MAX:
		case SMOL_FOLD_FLOAT_MIN:
		case SMOL_FOLD_FLOAT_MAX:
			return SMOL_STATS_MINMAX;
		default:
			return 0;
	}
}

/*
 * The result of an aggregate, in the current memory context; false if it is
 * NULL.
 */
bool
smol_finish_aggregate(const SmolAggregate *agg, const SmolCell *cell, Datum *result)
{
	return agg->type->finish(agg, cell, result);
}
