/*-------------------------------------------------------------------------
 *
 * states.c
 *	  States of aggregates as PostgreSQL has them: transition states, and in
 *	  particular the serialized form of those that are internal to it.
 *
 * What numeric.c makes of a transition state for another process is the one
 * form of it that others may write.  It serves twice: to have PostgreSQL's own
 * final functions called, and to pass states on to an Agg node of PostgreSQL's
 * that combines them.
 *
 * Copyright (c) 2026, the smol developers
 *
 * IDENTIFICATION
 *	  src/exec/states.c
 *
 *-------------------------------------------------------------------------
 */
#include "smol.h"

#include "catalog/pg_type_d.h"
#include "datatype/timestamp.h"
#include "exec/smolagg.h"
#include "libpq/pqformat.h"
#include "utils/array.h"
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

Datum
smol_sum_to_numeric(int128 sum, int scale)
{
	if (scale == 0 && sum >= PG_INT64_MIN && sum <= PG_INT64_MAX)
		return NumericGetDatum(int64_to_numeric((int64) sum));
	return wide_to_numeric(wide_sum(sum), scale);
}

Datum
smol_nan_numeric(void)
{
	return DirectFunctionCall3(numeric_in, CStringGetDatum("NaN"),
							   ObjectIdGetDatum(InvalidOid), Int32GetDatum(-1));
}

/* ---- transition states ---- */

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

/* The sum as numericvar_serialize writes it; none of values that NaNs spoil. */
static void
append_sum(StringInfo out, const SmolAggregate *agg, const SmolCell *cell)
{
	append_numeric(out, cell->nans > 0 ? smol_sum_to_numeric(0, 0) :
				   smol_sum_to_numeric(cell->u.sum, agg->desc.scale));
}

/* What numeric_avg_serialize and numeric_serialize write last. */
static void
append_specials(StringInfo out, const SmolAggregate *agg, const SmolCell *cell)
{
	pq_sendint32(out, agg->desc.scale); /* greatest scale */
	pq_sendint64(out, cell->n - cell->nans);	/* values of that scale */
	pq_sendint64(out, cell->nans);
	pq_sendint64(out, 0);		/* infinities */
	pq_sendint64(out, 0);
}

/* Is the state of squares that of numeric_poly_serialize, or numeric_serialize? */
bool
smol_squares_are_poly(const SmolAggregate *agg)
{
	return agg->type->argument == INT2OID || agg->type->argument == INT4OID;
}

/* Variance and standard deviation of integers and numerics. */
Datum
smol_serialize_squares(const SmolAggregate *agg, const SmolCell *cell)
{
	const SmolSquares *squares = (const SmolSquares *) (cell + 1);
	Wide		wide = {0};
	StringInfoData buf;

	wide.limbs[0] = (uint64) squares->low;
	wide.limbs[1] = (uint64) (squares->low >> 64);
	wide.limbs[2] = (uint64) squares->high;

	pq_begintypsend(&buf);
	pq_sendint64(&buf, cell->n - cell->nans);
	append_sum(&buf, agg, cell);
	append_numeric(&buf, cell->nans > 0 ? smol_sum_to_numeric(0, 0) :
				   wide_to_numeric(wide, 2 * agg->desc.scale));
	if (!smol_squares_are_poly(agg))
		append_specials(&buf, agg, cell);
	return PointerGetDatum(pq_endtypsend(&buf));
}

/* Sum and average of int8 (int8_avg_serialize) and numeric (numeric_avg_serialize) */
static Datum
serialize_sum(const SmolAggregate *agg, const SmolCell *cell)
{
	StringInfoData buf;

	pq_begintypsend(&buf);
	pq_sendint64(&buf, cell->n - cell->nans);
	append_sum(&buf, agg, cell);
	if (agg->type->argument == NUMERICOID)
		append_specials(&buf, agg, cell);
	return PointerGetDatum(pq_endtypsend(&buf));
}

/*
 * Sum and average of intervals (interval_avg_serialize).  Where the sum is out of
 * range it is the error of interval_pl's.
 */
Datum
smol_serialize_intervals(const SmolCell *cell)
{
	const SmolIntervals *intervals = (const SmolIntervals *) (cell + 1);
	Interval	sum;
	StringInfoData buf;

	sum.time = (TimeOffset) cell->u.sum;
	sum.day = (int32) intervals->days;
	sum.month = (int32) intervals->months;
	if (sum.time != cell->u.sum || sum.day != intervals->days ||
		sum.month != intervals->months || INTERVAL_NOT_FINITE(&sum))
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
				 errmsg("interval out of range")));

	pq_begintypsend(&buf);
	pq_sendint64(&buf, cell->n - cell->nans);
	pq_sendint64(&buf, sum.time);
	pq_sendint32(&buf, sum.day);
	pq_sendint32(&buf, sum.month);
	pq_sendint64(&buf, cell->nans - intervals->before_all);
	pq_sendint64(&buf, intervals->before_all);
	return PointerGetDatum(pq_endtypsend(&buf));
}

/* float8_accum's array */
Datum
smol_float_accum_array(const SmolCell *cell)
{
	Datum		values[3];

	values[0] = Float8GetDatum((double) cell->n);
	values[1] = Float8GetDatum(cell->u.f.sum);
	values[2] = Float8GetDatum(cell->u.f.squares);
	return PointerGetDatum(construct_array_builtin(values, 3, FLOAT8OID));
}

/* int4_avg_accum's array */
static Datum
int_avg_array(const SmolCell *cell)
{
	Datum		values[2];

	values[0] = Int64GetDatum(cell->n);
	values[1] = Int64GetDatum((int64) cell->u.sum);
	return PointerGetDatum(construct_array_builtin(values, 2, INT8OID));
}

/* Is there a transition state to be made of what smol keeps? */
bool
smol_has_partial(const SmolAggregateType *type)
{
	switch (type->fold)
	{
		case SMOL_FOLD_COUNT:
		case SMOL_FOLD_SUM:
		case SMOL_FOLD_SQUARES:
		case SMOL_FOLD_MIN:
		case SMOL_FOLD_MAX:
		case SMOL_FOLD_FLOAT_MIN:
		case SMOL_FOLD_FLOAT_MAX:
		case SMOL_FOLD_FLOAT_SUM:
		case SMOL_FOLD_FLOAT_ACCUM:
		case SMOL_FOLD_VALUE_MIN:
		case SMOL_FOLD_VALUE_MAX:
		case SMOL_FOLD_BIT_AND:
		case SMOL_FOLD_BIT_OR:
		case SMOL_FOLD_BIT_XOR:
		case SMOL_FOLD_INTERVAL_SUM:
			return true;
		default:
			return false;
	}
}

/*
 * The transition state, serialized if it is internal: what a partial Agg node
 * would return for the group, as a value of this type.  False: NULL.
 */
bool
smol_partial_aggregate(const SmolAggregate *agg, const SmolCell *cell, Oid type,
					   Datum *result)
{
	switch (agg->type->fold)
	{
		case SMOL_FOLD_FLOAT_ACCUM:
			*result = smol_float_accum_array(cell);
			return true;
		case SMOL_FOLD_SQUARES:
			if (cell->n == 0)
				return false;
			*result = smol_serialize_squares(agg, cell);
			return true;
		case SMOL_FOLD_INTERVAL_SUM:
			if (cell->n == 0)
				return false;
			*result = smol_serialize_intervals(cell);
			return true;
		case SMOL_FOLD_SUM:
			if (type == INT8ARRAYOID)
			{
				*result = int_avg_array(cell);
				return true;
			}
			if (type != BYTEAOID)
				break;
			if (cell->n == 0)
				return false;
			*result = serialize_sum(agg, cell);
			return true;
		default:
			break;
	}

	/* the transition value is the result */
	return smol_finish_aggregate(agg, cell, result);
}
