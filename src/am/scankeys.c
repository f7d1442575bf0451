/*-------------------------------------------------------------------------
 *
 * scankeys.c
 *	  Scan keys to a range of rows and filters on them.
 *
 * Conditions on a prefix of the key columns bound the range at both ends:
 * equalities on the first columns, then one column with inequalities.  Later
 * columns still narrow an end that is inclusive so far (a >= 1 AND b >= 3
 * starts at (1, 3)), but must be asked again of each row: they are filters.
 *
 * Copyright (c) 2026, the smol developers
 *
 * IDENTIFICATION
 *	  src/am/scankeys.c
 *
 *-------------------------------------------------------------------------
 */
#include "smol.h"

#include "am/smolam.h"

void
smol_init_scan_keys(SmolScanKeys *keys, int nkeys)
{
	memset(keys, 0, sizeof(*keys));
	keys->nkeys = nkeys;
	keys->comparators = palloc0(sizeof(SmolComparator) * Max(nkeys, 1));
	keys->orders = palloc0(sizeof(SmolKeyOrder) * Max(nkeys, 1));
	keys->filters = palloc0(sizeof(SmolFilter) * Max(nkeys, 1));
}

/* SmolKey.order */
static int
order_value(const void *arg, int64 word, SmolSlice slice)
{
	const SmolKeyOrder *order = arg;
	int			c = smol_compare_argument(order->cmp, word, slice);

	return order->descending ? -c : c;
}

/* Append a value to a search key. */
static void
append_value(SmolSearchKey *search, SmolKeyOrder *order)
{
	SmolKey    *key = &search->columns[search->nkeys].key;

	search->columns[search->nkeys].isnull = false;
	search->nkeys++;
	key->direct = order->cmp->order == SMOL_ORDER_WORD;
	key->descending = order->descending;
	key->word = order->cmp->word;
	key->order = order_value;
	key->arg = order;
}

static void
append_null(SmolSearchKey *search)
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
	filter->cmp = &keys->comparators[i];
}

/*
 * Take in the scan keys of a rescan.  The first call makes the comparators, in
 * the current memory context; their types don't change between rescans.
 */
void
smol_set_scan_keys(SmolScanKeys *keys, Relation index,
				   const SmolMetaPageData *meta, ScanKey scankeys)
{
	bool		exact = true;	/* equalities so far */
	bool		lower_open = true;
	bool		upper_open = true;

	keys->impossible = false;
	keys->nfilters = 0;
	keys->lower.nkeys = keys->upper.nkeys = 0;
	keys->lower.bound = SMOL_BOUND_LOWER;
	keys->upper.bound = SMOL_BOUND_UPPER;

	for (int i = 0; i < keys->nkeys; i++)
	{
		ScanKey		sk = &scankeys[i];
		int			column = sk->sk_attno - 1;

		if (sk->sk_flags & (SK_SEARCHNULL | SK_SEARCHNOTNULL))
			continue;
		if (sk->sk_flags & (SK_ROW_HEADER | SK_SEARCHARRAY))
			elog(ERROR, "unexpected scan key flags %d", sk->sk_flags);
		if (!keys->ready)
			smol_init_comparator(&keys->comparators[i], index, column,
								 &meta->columns[column], sk->sk_subtype);
		keys->orders[i].cmp = &keys->comparators[i];
		keys->orders[i].descending =
			(meta->columns[column].flags & SMOL_COLUMN_DESC) != 0;

		/* the operators are strict */
		if (sk->sk_flags & SK_ISNULL)
			keys->impossible = true;
		else
			smol_set_argument(&keys->comparators[i],
							  OidIsValid(sk->sk_subtype) ? sk->sk_subtype :
							  index->rd_opcintype[column],
							  sk->sk_argument);
	}
	keys->ready = true;
	if (keys->impossible)
		return;

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
			if (strategy == BTEqualStrategyNumber && equal < 0)
				equal = i;
			else if (strategy > BTEqualStrategyNumber && lower < 0)
				lower = i;
			else if (strategy < BTEqualStrategyNumber && upper < 0)
				upper = i;
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
				append_null(&keys->lower);
			else if (lower_open)
				append_value(&keys->lower, &keys->orders[equal]);
			if (upper_open && is_null >= 0)
				append_null(&keys->upper);
			else if (upper_open)
				append_value(&keys->upper, &keys->orders[equal]);
			continue;
		}

		/* inequalities, from the low end of the index order ... */
		if (lower_open && lower >= 0)
		{
			bool		inclusive = scankeys[lower].sk_strategy == BTGreaterEqualStrategyNumber ||
				scankeys[lower].sk_strategy == BTLessEqualStrategyNumber;

			append_value(&keys->lower, &keys->orders[lower]);
			if (!inclusive)
				keys->lower.bound = SMOL_BOUND_UPPER;
			lower_open = inclusive;
		}
		else
		{
			if (lower_open && not_null && nulls_first)
			{
				append_null(&keys->lower);
				keys->lower.bound = SMOL_BOUND_UPPER;
			}
			lower_open = false;
		}

		/* ... and from the high end */
		if (upper_open && upper >= 0)
		{
			bool		inclusive = scankeys[upper].sk_strategy == BTGreaterEqualStrategyNumber ||
				scankeys[upper].sk_strategy == BTLessEqualStrategyNumber;

			append_value(&keys->upper, &keys->orders[upper]);
			if (!inclusive)
				keys->upper.bound = SMOL_BOUND_LOWER;
			upper_open = inclusive;
		}
		else
		{
			if (upper_open && not_null && !nulls_first)
			{
				append_null(&keys->upper);
				keys->upper.bound = SMOL_BOUND_LOWER;
			}
			upper_open = false;
		}
		exact = false;
	}
	keys->has_lower = keys->lower.nkeys > 0;
	keys->has_upper = keys->upper.nkeys > 0;
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
