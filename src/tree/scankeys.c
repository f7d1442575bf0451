/*-------------------------------------------------------------------------
 *
 * scankeys.c
 *	  Scan keys to ranges of rows and filters on them.
 *
 * Conditions on a prefix of the key columns bound a range at both ends:
 * equalities on the first columns, then one column with inequalities.  Later
 * columns still narrow an end that is inclusive so far (a >= 1 AND b >= 3
 * starts at (1, 3)), but must be asked again of each row: they are filters.
 *
 * "column = ANY (array)" in that prefix makes one range for each element, or
 * each combination of elements if there are several arrays, in the order of
 * the index: so rows come out sorted, and none twice.  The elements at hand
 * turn like an odometer.  An array elsewhere is a filter.
 *
 * Copyright (c) 2026, the smol developers
 *
 * IDENTIFICATION
 *	  src/tree/scankeys.c
 *
 *-------------------------------------------------------------------------
 */
#include "smol.h"

#include "access/nbtree.h"
#include "tree/smolkeys.h"
#include "utils/array.h"
#include "utils/lsyscache.h"

/* More ranges than this, and the arrays that make them are filters. */
#define MAX_RANGES		100000

void
smol_init_scan_keys(SmolScanKeys *keys, int nkeys, bool ranges)
{
	/* the rest is set before it is used */
	memset(keys, 0, offsetof(SmolScanKeys, turning));
	memset(&keys->lower, 0, offsetof(SmolSearchKey, columns));
	memset(&keys->upper, 0, offsetof(SmolSearchKey, columns));
	keys->nkeys = nkeys;
	keys->ranges = ranges;
	keys->comparators = palloc0((sizeof(SmolComparator) + sizeof(SmolKeyOrder) +
								 sizeof(SmolFilter) + sizeof(SmolArray)) *
								Max(nkeys, 1));
	keys->filters = (SmolFilter *) (keys->comparators + nkeys);
	keys->orders = (SmolKeyOrder *) (keys->filters + nkeys);
	keys->arrays = (SmolArray *) (keys->orders + nkeys);
}

/* SmolKey.order */
static int
order_value(const void *arg, int64 word, SmolSlice slice)
{
	const SmolKeyOrder *order = arg;
	int			c = smol_compare_argument(order->cmp, word, slice);

	return order->descending ? -c : c;
}

/* Append a comparator's argument to a search key. */
void
smol_append_argument(SmolSearchKey *search, SmolKeyOrder *order)
{
	SmolKey    *key = &search->columns[search->nkeys].key;

	search->columns[search->nkeys].isnull = false;
	search->nkeys++;
	key->direct = smol_argument_is_word(order->cmp);
	key->descending = order->descending;
	key->word = order->cmp->argument.word;
	key->order = order_value;
	key->arg = order;
}

void
smol_append_null(SmolSearchKey *search)
{
	search->columns[search->nkeys++].isnull = true;
}

/* Strategy with the roles of < and > exchanged. */
static StrategyNumber
flip(StrategyNumber strategy)
{
	return BTMaxStrategyNumber + 1 - strategy;
}

static void
add_filter(SmolScanKeys *keys, ScanKey sk, int i)
{
	SmolFilter *filter = &keys->filters[keys->nfilters++];

	filter->column = sk->sk_attno - 1;
	filter->nulltest = (sk->sk_flags & (SK_SEARCHNULL | SK_SEARCHNOTNULL)) != 0;
	filter->isnull = (sk->sk_flags & SK_SEARCHNULL) != 0;
	filter->strategy = sk->sk_strategy;
	filter->argtype = sk->sk_subtype;
	filter->cmp = &keys->comparators[i];
	filter->array = keys->arrays[i].n > 0 ? &keys->arrays[i] : NULL;
}

/* ---- arrays ---- */

typedef struct ElementOrder
{
	FmgrInfo	function;
	Oid			collation;
	bool		descending;
} ElementOrder;

static int
compare_elements(const void *a, const void *b, void *arg)
{
	ElementOrder *order = arg;
	int			c = DatumGetInt32(FunctionCall2Coll(&order->function, order->collation,
													*(const Datum *) a, *(const Datum *) b));

	return order->descending ? -c : c;
}

/*
 * The elements of an array without NULLs, sorted as an operator family sorts
 * values of this type of its, each once.  Returns their number; *nulls says
 * whether there were NULLs.
 */
int
smol_sort_elements(Datum array, Oid opfamily, Oid type, Oid collation,
				   bool descending, Datum **elements, bool *has_nulls)
{
	ArrayType  *value = DatumGetArrayTypeP(array);
	ElementOrder order;
	RegProcedure proc;
	int16		len;
	bool		byval;
	char		align;
	Datum	   *datums;
	bool	   *nulls;
	int			n;
	int			kept = 0;

	/*
	 * the operator's right-hand type may stand for the element's, as text for
	 * varchar
	 */
	get_typlenbyvalalign(ARR_ELEMTYPE(value), &len, &byval, &align);
	deconstruct_array(value, ARR_ELEMTYPE(value), len, byval, align,
					  &datums, &nulls, &n);
	for (int k = 0; k < n; k++)
		if (!nulls[k])
			datums[kept++] = datums[k];
	*has_nulls = kept < n;
	*elements = datums;
	n = kept;
	if (n <= 1)
		return n;

	proc = get_opfamily_proc(opfamily, type, type, BTORDER_PROC);
	if (!RegProcedureIsValid(proc))
		elog(ERROR, "missing support function %d(%u,%u) in opfamily %u",
			 BTORDER_PROC, type, type, opfamily);
	fmgr_info(proc, &order.function);
	order.collation = collation;
	order.descending = descending;
	qsort_arg(datums, n, sizeof(Datum), compare_elements, &order);
	kept = 1;
	for (int k = 1; k < n; k++)
		if (compare_elements(&datums[kept - 1], &datums[k], &order) != 0)
			datums[kept++] = datums[k];
	return kept;
}

/*
 * Take in an array argument, in the column's order.  For an inequality only
 * the one element matters that says least ("a < ANY (...)" is "a < greatest").
 * Returns false if nothing is left.
 */
static bool
set_array(SmolScanKeys *keys, Relation index, int i, ScanKey sk, Oid type,
		  bool descending)
{
	SmolArray  *array = &keys->arrays[i];
	int			column = sk->sk_attno - 1;
	Datum	   *datums;
	bool		has_nulls;
	int			n;

	n = smol_sort_elements(sk->sk_argument, index->rd_opfamily[column], type,
						   index->rd_indcollation[column], descending,
						   &datums, &has_nulls);
	if (n > 0 && sk->sk_strategy != BTEqualStrategyNumber)
	{
		bool		greatest = (sk->sk_strategy < BTEqualStrategyNumber) != descending;

		datums[0] = datums[greatest ? n - 1 : 0];
		n = 1;
	}

	array->n = n;
	array->at = 0;
	array->order = &keys->orders[i];
	array->elements = palloc(sizeof(SmolArgument) * Max(n, 1));
	for (int k = 0; k < n; k++)
		smol_prepare_argument(&keys->comparators[i], type, datums[k],
							  &array->elements[k]);
	if (n > 0)
		keys->comparators[i].argument = array->elements[0];
	return n > 0;
}

/*
 * Which arrays turn: equalities on a prefix of the columns that has nothing but
 * equalities before, as long as there are not too many combinations.
 */
static void
choose_turning(SmolScanKeys *keys, const SmolMetaPageData *meta, ScanKey scankeys)
{
	double		combinations = 1;

	keys->nturning = 0;
	for (int column = 0; keys->ranges && column < meta->nkeys; column++)
	{
		int			array = -1;
		bool		equal = false;

		for (int i = 0; i < keys->nkeys; i++)
		{
			if (scankeys[i].sk_attno - 1 != column)
				continue;
			if (scankeys[i].sk_flags & SK_SEARCHNULL)
				equal = true;
			else if ((scankeys[i].sk_flags & SK_SEARCHNOTNULL) ||
					 scankeys[i].sk_strategy != BTEqualStrategyNumber)
				continue;
			else if (!(scankeys[i].sk_flags & SK_SEARCHARRAY))
				equal = true;
			else if (array < 0)
				array = i;
		}
		if (equal)
			continue;
		if (array < 0 || combinations * keys->arrays[array].n > MAX_RANGES)
			return;
		combinations *= keys->arrays[array].n;
		keys->turning[keys->nturning++] = array;
	}
}

static bool
is_turning(const SmolScanKeys *keys, int i)
{
	for (int t = 0; t < keys->nturning; t++)
		if (keys->turning[t] == i)
			return true;
	return false;
}

/* ---- bounds ---- */

/*
 * Make the bounds and filters of the arguments at hand.
 */
static void
make_bounds(SmolScanKeys *keys, const SmolMetaPageData *meta, ScanKey scankeys)
{
	bool		exact = true;	/* equalities so far */
	bool		lower_open = true;
	bool		upper_open = true;

	keys->nfilters = 0;
	keys->lower.nkeys = keys->upper.nkeys = 0;
	keys->lower.bound = SMOL_BOUND_LOWER;
	keys->upper.bound = SMOL_BOUND_UPPER;

	for (int column = 0; column < meta->nkeys; column++)
	{
		bool		descending = (meta->columns[column].flags & SMOL_COLUMN_DESC) != 0;
		bool		nulls_first = (meta->columns[column].flags & SMOL_COLUMN_NULLS_FIRST) != 0;
		int			equal = -1;
		int			lower = -1;
		int			upper = -1;
		int			is_null = -1;
		bool		not_null = false;	/* some condition excludes NULLs */
		bool		any = false;

		for (int i = 0; i < keys->nkeys; i++)
		{
			ScanKey		sk = &scankeys[i];
			StrategyNumber strategy = sk->sk_strategy;

			if (sk->sk_attno - 1 != column)
				continue;
			any = true;
			if (sk->sk_flags & SK_SEARCHNULL)
			{
				is_null = i;
				continue;
			}
			not_null = true;
			if (sk->sk_flags & SK_SEARCHNOTNULL)
				continue;
			if (descending)
				strategy = flip(strategy);
			if (strategy > BTEqualStrategyNumber)
			{
				if (lower < 0)
					lower = i;
			}
			else if (strategy < BTEqualStrategyNumber)
			{
				if (upper < 0)
					upper = i;
			}
			else if (!(sk->sk_flags & SK_SEARCHARRAY) || is_turning(keys, i) ||
					 keys->arrays[i].n == 1)
			{
				/* a plain equality rather than an array's */
				if (equal < 0 || !(sk->sk_flags & SK_SEARCHARRAY))
					equal = i;
			}
		}

		/* what the range does not express must be asked of each row */
		for (int i = 0; i < keys->nkeys; i++)
		{
			ScanKey		sk = &scankeys[i];
			bool		expressed;

			if (sk->sk_attno - 1 != column)
				continue;
			if (is_null >= 0)
				expressed = i == is_null;
			else if (sk->sk_flags & SK_SEARCHNOTNULL)
				expressed = true;	/* by any bound, or the one added below */
			else if (equal >= 0)
				expressed = i == equal;
			else
				expressed = i == lower || i == upper;
			if (!exact || !expressed)
				add_filter(keys, sk, i);
		}

		if (!lower_open && !upper_open)
			continue;

		if (!any)
		{
			exact = lower_open = upper_open = false;
			continue;
		}
		if (is_null >= 0 || equal >= 0)
		{
			if (lower_open && is_null >= 0)
				smol_append_null(&keys->lower);
			else if (lower_open)
				smol_append_argument(&keys->lower, &keys->orders[equal]);
			if (upper_open && is_null >= 0)
				smol_append_null(&keys->upper);
			else if (upper_open)
				smol_append_argument(&keys->upper, &keys->orders[equal]);
			continue;
		}

		/* inequalities, from the low end of the index order ... */
		if (lower_open && lower >= 0)
		{
			bool		inclusive = scankeys[lower].sk_strategy == BTGreaterEqualStrategyNumber ||
				scankeys[lower].sk_strategy == BTLessEqualStrategyNumber;

			smol_append_argument(&keys->lower, &keys->orders[lower]);
			if (!inclusive)
				keys->lower.bound = SMOL_BOUND_UPPER;
			lower_open = inclusive;
		}
		else
		{
			if (lower_open && not_null && nulls_first)
			{
				smol_append_null(&keys->lower);
				keys->lower.bound = SMOL_BOUND_UPPER;
			}
			lower_open = false;
		}

		/* ... and from the high end */
		if (upper_open && upper >= 0)
		{
			bool		inclusive = scankeys[upper].sk_strategy == BTGreaterEqualStrategyNumber ||
				scankeys[upper].sk_strategy == BTLessEqualStrategyNumber;

			smol_append_argument(&keys->upper, &keys->orders[upper]);
			if (!inclusive)
				keys->upper.bound = SMOL_BOUND_LOWER;
			upper_open = inclusive;
		}
		else
		{
			if (upper_open && not_null && !nulls_first)
			{
				smol_append_null(&keys->upper);
				keys->upper.bound = SMOL_BOUND_LOWER;
			}
			upper_open = false;
		}
		exact = false;
	}
	keys->has_lower = keys->lower.nkeys > 0;
	keys->has_upper = keys->upper.nkeys > 0;
}

/*
 * Take in the scan keys of a rescan.  The first call makes the comparators, in
 * the current memory context; their types don't change between rescans.  The
 * arrays stand at their first elements.
 */
void
smol_set_scan_keys(SmolScanKeys *keys, Relation index,
				   const SmolMetaPageData *meta, ScanKey scankeys)
{
	keys->impossible = false;
	keys->nturning = 0;
	keys->nfilters = 0;
	keys->has_lower = keys->has_upper = false;

	for (int i = 0; i < keys->nkeys; i++)
	{
		ScanKey		sk = &scankeys[i];
		int			column = sk->sk_attno - 1;
		bool		descending = (meta->columns[column].flags & SMOL_COLUMN_DESC) != 0;
		Oid			type = OidIsValid(sk->sk_subtype) ? sk->sk_subtype :
			index->rd_opcintype[column];

		keys->arrays[i].n = 0;
		if (sk->sk_flags & (SK_SEARCHNULL | SK_SEARCHNOTNULL))
			continue;
		if (sk->sk_flags & SK_ROW_HEADER)
			elog(ERROR, "unexpected scan key flags %d", sk->sk_flags);
		if (!keys->ready)
			smol_init_comparator(&keys->comparators[i], index, column,
								 &meta->columns[column], type);
		keys->orders[i].cmp = &keys->comparators[i];
		keys->orders[i].descending = descending;

		/* the operators are strict */
		if (sk->sk_flags & SK_ISNULL)
			keys->impossible = true;
		else if (sk->sk_flags & SK_SEARCHARRAY)
		{
			if (!set_array(keys, index, i, sk, type, descending))
				keys->impossible = true;
		}
		else
			smol_prepare_argument(&keys->comparators[i], type, sk->sk_argument,
								  &keys->comparators[i].argument);
	}
	keys->ready = true;
	if (keys->impossible)
		return;

	choose_turning(keys, meta, scankeys);
	make_bounds(keys, meta, scankeys);
}

/*
 * Set the turning arrays to the first combination in a direction.
 */
void
smol_start_arrays(SmolScanKeys *keys, const SmolMetaPageData *meta,
				  ScanKey scankeys, bool forward)
{
	if (keys->impossible || keys->nturning == 0)
		return;
	for (int t = 0; t < keys->nturning; t++)
	{
		SmolArray  *array = &keys->arrays[keys->turning[t]];

		array->at = forward ? 0 : array->n - 1;
	}
	smol_set_arrays(keys, meta, scankeys);
}

/*
 * Turn to the next combination; false after the last.
 */
bool
smol_step_arrays(SmolScanKeys *keys, const SmolMetaPageData *meta,
				 ScanKey scankeys, bool forward)
{
	if (keys->impossible)
		return false;
	for (int t = keys->nturning - 1; t >= 0; t--)
	{
		SmolArray  *array = &keys->arrays[keys->turning[t]];

		array->at += forward ? 1 : -1;
		if (array->at >= 0 && array->at < array->n)
		{
			smol_set_arrays(keys, meta, scankeys);
			return true;
		}
		array->at = forward ? 0 : array->n - 1;
	}
	return false;
}

/* The elements that the arrays stand at become the arguments. */
void
smol_set_arrays(SmolScanKeys *keys, const SmolMetaPageData *meta, ScanKey scankeys)
{
	for (int t = 0; t < keys->nturning; t++)
	{
		int			i = keys->turning[t];

		keys->comparators[i].argument = keys->arrays[i].elements[keys->arrays[i].at];
	}
	make_bounds(keys, meta, scankeys);
}

/* ---- rows ---- */

/* Is a value among the elements of an array? */
static bool
is_element(const SmolFilter *filter, int64 word, SmolSlice slice)
{
	const SmolArray *array = filter->array;
	const SmolKeyOrder *order = array->order;
	int			lo = 0;
	int			hi = array->n;

	while (lo < hi)
	{
		int			mid = lo + (hi - lo) / 2;
		int			c;

		filter->cmp->argument = array->elements[mid];
		c = order_value(order, word, slice);
		if (c == 0)
			return true;
		if (c < 0)
			hi = mid;
		else
			lo = mid + 1;
	}
	return false;
}

/* Does a value pass? */
bool
smol_pass_filter(const SmolFilter *filter, bool isnull, int64 word, SmolSlice slice)
{
	int			c;

	if (filter->nulltest)
		return isnull == filter->isnull;
	if (isnull)
		return false;
	if (filter->array && filter->array->n > 1)
		return is_element(filter, word, slice);
	c = smol_compare_argument(filter->cmp, word, slice);
	switch (filter->strategy)
	{
		case BTLessStrategyNumber:
			return c < 0;
		case BTLessEqualStrategyNumber:
			return c <= 0;
		case BTEqualStrategyNumber:
			return c == 0;
		case BTGreaterEqualStrategyNumber:
			return c >= 0;
		case BTGreaterStrategyNumber:
			return c > 0;
		default:
			elog(ERROR, "unexpected strategy %d", filter->strategy);
	}
}

/*
 * Compare a row with a search key, in index order: <0, 0 or >0 as the row sorts
 * before, with or after the key.
 */
int
smol_compare_row(const SmolSearchKey *search, const SmolMetaPageData *meta,
				 const SmolValue *values, const bool *isnull)
{
	for (int i = 0; i < search->nkeys; i++)
	{
		bool		nulls_first = (meta->columns[i].flags & SMOL_COLUMN_NULLS_FIRST) != 0;
		const SmolKey *key = &search->columns[i].key;
		int			c;

		if (isnull[i] || search->columns[i].isnull)
		{
			if (isnull[i] && search->columns[i].isnull)
				continue;
			return isnull[i] == nulls_first ? -1 : 1;
		}
		c = key->order(key->arg, values[i].word, values[i].slice);
		if (c != 0)
			return c;
	}
	return 0;
}
