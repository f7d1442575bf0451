/*-------------------------------------------------------------------------
 *
 * smolagg.h
 *	  Aggregates over columns of a smol index.
 *
 * Copyright (c) 2026, the smol developers
 *
 * IDENTIFICATION
 *	  src/exec/smolagg.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef SMOLAGG_H
#define SMOLAGG_H

#include "tree/smolsubtrees.h"
#include "type/smoltype.h"

/* What is kept of the values of a column: several aggregates may share one. */
typedef enum SmolFold
{
	SMOL_FOLD_COUNT,			/* how many */
	SMOL_FOLD_SUM,				/* exact sum of words */
	SMOL_FOLD_SQUARES,			/* exact sum of words and of their squares */
	SMOL_FOLD_MIN,				/* of words */
	SMOL_FOLD_MAX,
	SMOL_FOLD_FLOAT_MIN,		/* of floats, NaN being the greatest */
	SMOL_FOLD_FLOAT_MAX,
	SMOL_FOLD_VALUE_MIN,		/* of values of any type, in its order */
	SMOL_FOLD_VALUE_MAX,
	SMOL_FOLD_BIT_AND,			/* of words */
	SMOL_FOLD_BIT_OR,
	SMOL_FOLD_BIT_XOR,
	SMOL_FOLD_INTERVAL_SUM,		/* exact sum of intervals */
	SMOL_FOLD_FLOAT_SUM,		/* as float8pl and float4pl have it */
	SMOL_FOLD_FLOAT_ACCUM,		/* as float8_accum has it */
} SmolFold;

/*
 * The state of an aggregate of a group.  All of it starts as zeros.
 */
typedef struct SmolCell
{
	int64		n;				/* values that are not NULL */
	int64		nans;			/* DECIMAL NaNs, or infinite INTERVALs; the
								 * sum is void if there are any */
	union
	{
		int128		sum;		/* SUM, SQUARES, INTERVAL_SUM: microseconds */
		int64		word;		/* MIN, MAX, BIT_*, if n > 0 */
		struct
		{
			double		sum;
			double		squares;	/* ACCUM: of deviations from the mean */
		}			f;
		struct
		{
			union
			{
				int64		word;
				char	   *bytes;	/* as a Datum has them */
			}			u;
			uint32		len;	/* of the string in these */
			uint32		room;	/* 0: no value is kept yet, whatever n is */
		}			value;		/* VALUE_MIN, VALUE_MAX */
	}			u;
} SmolCell;

/* SQUARES only: comes right behind the cell */
typedef struct SmolSquares
{
	uint128		low;
	int64		high;
	int64		unused;
} SmolSquares;

/* INTERVAL_SUM only: likewise */
typedef struct SmolIntervals
{
	int64		days;
	int64		months;
	int64		before_all;		/* infinite, of which the cell has all */
	int64		unused;
} SmolIntervals;

typedef struct SmolAggregate SmolAggregate;

/* One row of the table of aggregates: pg_proc's, over columns of a type. */
typedef struct SmolAggregateType
{
	Oid			function;
	Oid			argument;		/* the column's type; InvalidOid: any, or none */
	SmolFold	fold;
	bool		(*finish) (const SmolAggregate *agg, const SmolCell *cell, Datum *result);
	PGFunction	final;			/* PostgreSQL's own, if finish calls one */
} SmolAggregateType;

/* Values that are not NULL, of one kind or the other; counts need neither. */
typedef struct SmolValues
{
	const int64 *words;
	const SmolSlice *slices;
} SmolValues;

/* An aggregate of a query. */
struct SmolAggregate
{
	const SmolAggregateType *type;
	int			column;			/* of the index; -1: count(*) */
	int			filter;			/* its FILTER's number; -1: none */
	int			distinct;		/* its DISTINCT's number; -1: none */
	SmolColumnDesc desc;		/* of the column */
	Size		offset;			/* of its cell in a group's state */
	Oid			collation;

	/* VALUE_MIN, VALUE_MAX */
	SmolComparator *cmp;
	struct SmolSeen *seen;		/* strings of a vector that were compared */
	MemoryContext context;		/* of the values that are kept */
	bool		ordered;		/* the rows of a range come in this order, or
								 * the other way round, except for NULLs */
	int64		before;			/* n when the walk over a range began */
	int			least;			/* another scale that numerics may be of; -1:
								 * none */
	Size		full;			/* if so: the cell that counts the others */
};

/* agg.c: the table; NULL if smol does not know the aggregate */
extern const SmolAggregateType *smol_find_aggregate(Oid function, Oid argument);
extern const SmolAggregateType *smol_fit_aggregate(const SmolAggregateType *type,
												   const SmolColumnDesc *desc);
extern bool smol_aggregate_ignores_distinct(const SmolAggregateType *type);
extern const char *smol_why_not_distinct(const SmolAggregateType *type);
extern bool smol_aggregate_keeps_value(const SmolAggregateType *type);
extern void smol_init_value_comparator(SmolComparator *cmp, const SmolColumnDesc *desc,
									   Oid type, Oid collation);
extern uint8 smol_aggregate_stats(const SmolAggregateType *type, const SmolComparator *cmp);
extern bool smol_finish_aggregate(const SmolAggregate *agg, const SmolCell *cell,
								  Datum *result);

/* states.c: states as PostgreSQL has them */
extern Datum smol_sum_to_numeric(int128 sum, int scale);
extern Datum smol_nan_numeric(void);
extern bool smol_squares_are_poly(const SmolAggregate *agg);
extern Datum smol_serialize_squares(const SmolAggregate *agg, const SmolCell *cell);
extern Datum smol_float_accum_array(const SmolCell *cell);
extern Datum smol_serialize_intervals(const SmolCell *cell);
extern bool smol_has_partial(const SmolAggregateType *type);
extern bool smol_partial_aggregate(const SmolAggregate *agg, const SmolCell *cell,
								   Oid type, Datum *result);

/* fold.c: values into states */
extern Size smol_cell_size(SmolFold fold);
extern void smol_begin_fold(SmolAggregate *agg, Oid type);
extern void smol_fold_values(const SmolAggregate *agg, char *state, SmolValues values,
							 uint32 n);
extern void smol_fold_groups(const SmolAggregate *agg, char *states, Size stride,
							 const uint32 *groups, SmolValues values, uint32 n);
extern void smol_keep_extreme(const SmolAggregate *agg, char *state, int64 word,
							  SmolSlice slice);
extern void smol_forget_value(const SmolAggregate *agg, char *state);
extern bool smol_can_fold_stats(const SmolAggregate *agg, uint64 rows,
								const SmolStats *stats);
extern void smol_fold_stats(const SmolAggregate *agg, char *state, uint64 rows,
							const SmolStats *stats);

#endif							/* SMOLAGG_H */
