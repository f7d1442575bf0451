/*-------------------------------------------------------------------------
 *
 * agg.c
 *	  The aggregates that smol computes: a table, and how states become
 *	  results.
 *
 * Results are what PostgreSQL's own aggregates would give, type, scale and
 * errors included.  Numerics are divided, and square roots taken, by
 * PostgreSQL's own functions: where its final function wants its own
 * transition state, that is made by way of its serialized form (states.c).
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
#include "nodes/execnodes.h"
#include "utils/fmgroids.h"
#include "utils/fmgrprotos.h"
#include "utils/lsyscache.h"
#include "utils/numeric.h"
#include "utils/typcache.h"

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
	*result = cell->nans > 0 ? smol_nan_numeric() :
		smol_sum_to_numeric(cell->u.sum, agg->desc.scale);
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
finish_value(const SmolAggregate *agg, const SmolCell *cell, Datum *result)
{
	const SmolSlice none = {NULL, 0};

	if (cell->n == 0)
		return false;
	Assert(cell->u.value.room > 0);
	*result = SmolImageIsWord(agg->desc.image) ?
		smol_value_to_datum(&agg->desc, cell->u.value.u.word, none) :
		PointerGetDatum(cell->u.value.u.bytes);
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

/* avg, variance and standard deviation of floats */
static bool
finish_float_accum(const SmolAggregate *agg, const SmolCell *cell, Datum *result)
{
	return call_final(agg->type->final, smol_float_accum_array(cell), result);
}

/*
 * Call a deserial function of PostgreSQL, and then the final one; both must be called
 * as if for an aggregate.
 */
static bool
finish_serialized(PGFunction deserial, PGFunction final, Datum serialized, Datum *result)
{
	WindowAggState context = {0};

	LOCAL_FCINFO(fcinfo, 2);

	context.ss.ps.type = T_WindowAggState;
	context.curaggcontext = CurrentMemoryContext;
	InitFunctionCallInfoData(*fcinfo, NULL, 2, InvalidOid, (Node *) &context, NULL);
	fcinfo->args[0].value = serialized;
	fcinfo->args[0].isnull = false;
	fcinfo->args[1].value = (Datum) 0;
	fcinfo->args[1].isnull = true;
	return call_final(final, deserial(fcinfo), result);
}

/* variance and standard deviation of integers and numerics */
static bool
finish_squares(const SmolAggregate *agg, const SmolCell *cell, Datum *result)
{
	if (cell->n == 0)
		return false;
	return finish_serialized(smol_squares_are_poly(agg) ? numeric_poly_deserialize :
							 numeric_deserialize,
							 agg->type->final, smol_serialize_squares(agg, cell), result);
}

/* sum and average of intervals */
static bool
finish_intervals(const SmolAggregate *agg, const SmolCell *cell, Datum *result)
{
	if (cell->n == 0)
		return false;
	return finish_serialized(interval_avg_deserialize, agg->type->final,
							 smol_serialize_intervals(cell), result);
}

/* ---- the table ---- */

#define WORD_MINMAX(suffix, type) \
	{F_MIN_##suffix, type, SMOL_FOLD_MIN, finish_word, NULL}, \
	{F_MAX_##suffix, type, SMOL_FOLD_MAX, finish_word, NULL}

#define VALUE_MINMAX(suffix, type) \
	{F_MIN_##suffix, type, SMOL_FOLD_VALUE_MIN, finish_value, NULL}, \
	{F_MAX_##suffix, type, SMOL_FOLD_VALUE_MAX, finish_value, NULL}

#define BITS(suffix, type) \
	{F_BIT_AND_##suffix, type, SMOL_FOLD_BIT_AND, finish_word, NULL}, \
	{F_BIT_OR_##suffix, type, SMOL_FOLD_BIT_OR, finish_word, NULL}, \
	{F_BIT_XOR_##suffix, type, SMOL_FOLD_BIT_XOR, finish_word, NULL}

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

/*
 * Where several rows are of the same function and type, the first counts that fits
 * how a column is stored.
 */
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
	BITS(INT2, INT2OID),
	BITS(INT4, INT4OID),
	BITS(INT8, INT8OID),
	VALUE_MINMAX(NUMERIC, NUMERICOID),
	VALUE_MINMAX(TEXT, TEXTOID),
	VALUE_MINMAX(TEXT, VARCHAROID),
	VALUE_MINMAX(BPCHAR, BPCHAROID),
	VALUE_MINMAX(BYTEA, BYTEAOID),
	VALUE_MINMAX(INTERVAL, INTERVALOID),
	{F_SUM_INTERVAL, INTERVALOID, SMOL_FOLD_INTERVAL_SUM, finish_intervals, interval_sum},
	{F_AVG_INTERVAL, INTERVALOID, SMOL_FOLD_INTERVAL_SUM, finish_intervals, interval_avg},
	VALUE_MINMAX(TIMETZ, TIMETZOID),
	VALUE_MINMAX(INET, INETOID),
	VALUE_MINMAX(INET, CIDROID),
	VALUE_MINMAX(TID, TIDOID),
	VALUE_MINMAX(ANYENUM, ANYENUMOID),
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
			(type->argument == argument || !OidIsValid(type->argument) ||
			 (type->argument == ANYENUMOID && type_is_enum(argument))))
			return type;
	}
	return NULL;
}

/* Is it one that keeps one of the values, of whatever type? */
bool
smol_aggregate_keeps_value(const SmolAggregateType *type)
{
	return type->fold == SMOL_FOLD_VALUE_MIN || type->fold == SMOL_FOLD_VALUE_MAX;
}

/*
 * Can it be computed over a column that is stored like this?  Counts always
 * can; numerics must be stored as words, unless one of them is all that is kept.
 * Others must be as the type's own values are: a column may have become of another
 * type since, with the file kept, and the words of an integer don't have the order
 * and sum of those of an oid.
 */
static bool
aggregate_fits(const SmolAggregateType *type, const SmolColumnDesc *desc)
{
	SmolColumnDesc own;

	if (type->fold == SMOL_FOLD_COUNT)
		return true;
	if (smol_aggregate_keeps_value(type))
		return type->argument == ANYENUMOID ? SmolImageIsInt(desc->image) :
			!SmolImageIsWord(desc->image);
	if (type->fold == SMOL_FOLD_INTERVAL_SUM)
		return desc->image == SMOL_IMAGE_FIXED;
	if (type->argument == NUMERICOID)
		return desc->image == SMOL_IMAGE_DECIMAL;
	return smol_describe_type(type->argument, &own) && own.image == desc->image;
}

/*
 * The row of the same function, for a column that is stored like this; NULL if
 * there is none.
 */
const SmolAggregateType *
smol_fit_aggregate(const SmolAggregateType *type, const SmolColumnDesc *desc)
{
	for (const SmolAggregateType *row = type;
		 row < smol_aggregates + lengthof(smol_aggregates); row++)
		if (row->function == type->function && row->argument == type->argument &&
			aggregate_fits(row, desc))
			return row;
	return NULL;
}

/*
 * Compare a column's values, of a (base) type, by the order that the type's minimum
 * goes by.
 */
void
smol_init_value_comparator(SmolComparator *cmp, const SmolColumnDesc *desc,
						   Oid type, Oid collation)
{
	TypeCacheEntry *entry = lookup_type_cache(type, TYPECACHE_BTREE_OPFAMILY);

	if (!OidIsValid(entry->btree_opf))
		elog(ERROR, "type %u has no order", type);
	smol_init_family_comparator(cmp, desc, entry->btree_opf, entry->btree_opintype,
								entry->btree_opintype, collation, false);
}

/* Is it the same whether values are taken in once or several times? */
bool
smol_aggregate_ignores_distinct(const SmolAggregateType *type)
{
	return type->fold == SMOL_FOLD_MIN || type->fold == SMOL_FOLD_MAX ||
		type->fold == SMOL_FOLD_FLOAT_MIN || type->fold == SMOL_FOLD_FLOAT_MAX ||
		type->fold == SMOL_FOLD_BIT_AND || type->fold == SMOL_FOLD_BIT_OR ||
		smol_aggregate_keeps_value(type);
}

/* Why can't it be computed of DISTINCT values?  NULL: it can. */
const char *
smol_why_not_distinct(const SmolAggregateType *type)
{
	switch (type->fold)
	{
		case SMOL_FOLD_FLOAT_SUM:
		case SMOL_FOLD_FLOAT_ACCUM:
			return "floats that are DISTINCT are added in another order than theirs";
		case SMOL_FOLD_INTERVAL_SUM:
			return "intervals that are DISTINCT may be equal to others with another sum";
		default:
			return NULL;
	}
}

/*
 * Which statistics answer it for whole subtrees?  Those of strings are in the order
 * of bytes.
 */
uint8
smol_aggregate_stats(const SmolAggregateType *type, const SmolComparator *cmp)
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
		case SMOL_FOLD_VALUE_MIN:
		case SMOL_FOLD_VALUE_MAX:
			return cmp->order == SMOL_ORDER_BYTES ? SMOL_STATS_MINMAX : 0;
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
