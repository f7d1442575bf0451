/*-------------------------------------------------------------------------
 *
 * makefilters.c
 *	  Conditions that the range of rows does not express, made into filters.
 *
 * Comparisons of words are a range of words each, and those on the same column
 * one range; a set of words that lie close together is a bitmap.  Floats and byte
 * strings are left to be compared in place, and whatever else to be asked value by
 * value.  Filters are made for each rescan, when the arguments are known.
 *
 * Statistics are those of the type, whatever the operator class of a
 * condition; so they are asked only where values are compared in place.
 *
 * Copyright (c) 2026, the smol developers
 *
 * IDENTIFICATION
 *	  src/exec/makefilters.c
 *
 *-------------------------------------------------------------------------
 */
#include "smol.h"

#include "exec/filters_impl.h"
#include "tree/smolbloom.h"
#include "tree/smolwriter.h"
#include "utils/rel.h"

/* A set of words is a bitmap if it spans at most so many. */
#define MAX_BITMAP_SPAN		65536

SmolFilters *
smol_make_filters(Relation index, const SmolMetaPageData *meta,
				  SmolConditions *conditions)
{
	SmolFilters *filters = palloc0(sizeof(SmolFilters));
	int			room = 1;

	filters->index = index;
	filters->conditions = conditions;
	for (int i = 0; i < 2; i++)
		filters->arenas[i] = palloc(SMOL_MAX_ARENA_WIDTH);
	filters->meta = meta;
	filters->comparators = palloc0(sizeof(SmolComparator) * Max(conditions->n, 1));
	for (int i = 0; i < conditions->n; i++)
	{
		const SmolCondition *condition = &conditions->conditions[i];

		room++;
		if (condition->key || condition->test == SMOL_TEST_NULL ||
			condition->test == SMOL_TEST_NOT_NULL)
			continue;
		smol_init_family_comparator(&filters->comparators[i],
									&meta->columns[condition->column],
									condition->opfamily, condition->lefttype,
									condition->righttype, condition->collation,
									condition->test == SMOL_TEST_EQUAL ||
									condition->test == SMOL_TEST_NOT_EQUAL);
	}
	filters->filters = palloc0(sizeof(Filter) * room);
	for (int c = 0; c < meta->ncolumns; c++)
		filters->stats[c] = smol_inner_stats(meta, c);
	return filters;
}

/*
 * The words that pass a comparison, as far as words are compared as such; false
 * if none does.
 */
static bool
set_words(Filter *filter, const SmolArgument *argument)
{
	int64		word = argument->word;
	bool		between = argument->between;

	filter->kind = FILTER_RANGE;
	filter->low = PG_INT64_MIN;
	filter->high = PG_INT64_MAX;
	switch (filter->test)
	{
		case SMOL_TEST_LESS:
			if (!between && word == PG_INT64_MIN)
				return false;
			filter->high = between ? word : word - 1;
			return true;
		case SMOL_TEST_LESS_EQUAL:
			filter->high = word;
			return true;
		case SMOL_TEST_EQUAL:
			filter->low = filter->high = word;
			return !between;
		case SMOL_TEST_GREATER_EQUAL:
		case SMOL_TEST_GREATER:
			if (filter->test == SMOL_TEST_GREATER_EQUAL && !between)
				filter->low = word;
			else if (word == PG_INT64_MAX)
				return false;
			else
				filter->low = word + 1;
			return true;
		default:
			Assert(filter->test == SMOL_TEST_NOT_EQUAL);
			if (between)
			{
				filter->kind = FILTER_NOT_NULL;
				filter->zones = true;
				return true;
			}
			filter->kind = FILTER_OUTSIDE;
			filter->low = word;
			return true;
	}
}

/*
 * A set of words that lie close together becomes a bitmap.
 */
static void
set_bitmap(Filter *filter)
{
	const SmolArgument *elements = filter->elements;
	int64		low = PG_INT64_MAX;
	int64		high = PG_INT64_MIN;

	for (int i = 0; i < filter->nelements; i++)
	{
		low = Min(low, elements[i].word);
		high = Max(high, elements[i].word);
	}
	if ((uint64) high - (uint64) low >= MAX_BITMAP_SPAN)
		return;
	filter->kind = FILTER_BITMAP;
	filter->low = low;
	filter->high = high;
	filter->bitmap = palloc0(((uint64) high - (uint64) low) / 64 * 8 + 8);
	for (int i = 0; i < filter->nelements; i++)
	{
		uint64		at = (uint64) elements[i].word - (uint64) low;

		if (!elements[i].between)
			filter->bitmap[at / 64] |= UINT64CONST(1) << (at % 64);
	}
}

/*
 * Choose how a comparison is to be made.  Returns false if no row passes.
 */
static bool
set_comparison(Filter *filter, const SmolMetaPageData *meta)
{
	SmolComparator *cmp = filter->cmp;
	bool		words = cmp->order == SMOL_ORDER_WORD || cmp->order == SMOL_ORDER_DECIMAL;

	filter->zones = cmp->order != SMOL_ORDER_FMGR &&
		(meta->columns[filter->column].stats & SMOL_STATS_MINMAX) != 0;
	if (filter->nelements == 1)
	{
		cmp->argument = filter->elements[0];
		filter->nelements = 0;
	}
	filter->kind = FILTER_VALUE;
	if (filter->nelements > 0)
	{
		if (words)
			set_bitmap(filter);
	}
	else if (words)
		return set_words(filter, &cmp->argument);
	else if (cmp->order == SMOL_ORDER_FLOAT)
		filter->kind = FILTER_FLOAT;
	else if (cmp->order == SMOL_ORDER_BYTES)
		filter->kind = FILTER_BYTES;

	if (filter->kind == FILTER_VALUE)
		filter->memo = palloc0(sizeof(Memo) * MEMO_SIZE);
	return true;
}

/*
 * Add a filter that is set up; a range of words joins one on the same column.
 */
static void
add_filter(SmolFilters *filters, const Filter *new)
{
	filters->bloom |= new->probe != NULL;
	if (new->kind == FILTER_RANGE)
	{
		for (int i = 0; i < filters->n; i++)
		{
			Filter	   *old = &filters->filters[i];

			if (old->kind != FILTER_RANGE || old->column != new->column)
				continue;
			old->low = Max(old->low, new->low);
			old->high = Min(old->high, new->high);
			old->zones &= new->zones;
			if (old->probe == NULL)
				old->probe = new->probe;
			if (old->low > old->high)
				filters->nothing = true;
			return;
		}
	}
	filters->zones |= new->zones;
	filters->filters[filters->n++] = *new;
}

/* Let an equality ask bloom filters, if these know of it. */
static void
set_probe(SmolFilters *filters, Filter *filter, Oid opfamily, Oid lefttype,
		  Oid righttype, Oid collation)
{
	int			n = filter->nelements;

	if (filter->test == SMOL_TEST_EQUAL)
		filter->probe = smol_make_probe(filters->meta, filter->column, opfamily,
										lefttype, righttype, collation,
										n > 0 ? filter->elements : &filter->cmp->argument,
										Max(n, 1));
}

static Filter
null_filter(int column, bool isnull)
{
	Filter		filter = {
		.kind = isnull ? FILTER_NULL : FILTER_NOT_NULL,
		.column = column,
		.zones = true,
	};

	return filter;
}

/* A key condition that the range does not express. */
static void
add_key_filter(SmolFilters *filters, const SmolFilter *key)
{
	Filter		filter = {0};

	if (key->nulltest)
	{
		filter = null_filter(key->column, key->isnull);
		add_filter(filters, &filter);
		return;
	}
	filter.column = key->column;
	filter.test = (SmolTest) key->strategy;
	filter.cmp = key->cmp;
	if (key->array)
	{
		int			n = key->array->n;

		/* those of a descending column are in its order */
		filter.nelements = n;
		filter.elements = palloc(sizeof(SmolArgument) * n);
		for (int k = 0; k < n; k++)
			filter.elements[k] =
				key->array->elements[key->array->order->descending ? n - 1 - k : k];
	}
	if (set_comparison(&filter, filters->meta))
	{
		Oid			opcintype = filters->index->rd_opcintype[key->column];

		set_probe(filters, &filter, filters->index->rd_opfamily[key->column],
				  opcintype, OidIsValid(key->argtype) ? key->argtype : opcintype,
				  filters->index->rd_indcollation[key->column]);
		add_filter(filters, &filter);
	}
	else
		filters->nothing = true;
}

static int
compare_bytes(const void *a, const void *b)
{
	return smol_compare_slices(((const SmolArgument *) a)->slice,
							   ((const SmolArgument *) b)->slice);
}

/* A condition that is not one of the key. */
static void
add_condition(SmolFilters *filters, int i)
{
	const SmolConditions *conditions = filters->conditions;
	const SmolCondition *condition = &conditions->conditions[i];
	SmolComparator *cmp = &filters->comparators[i];
	Filter		filter = {0};

	if (condition->test == SMOL_TEST_NULL || condition->test == SMOL_TEST_NOT_NULL)
	{
		filter = null_filter(condition->column, condition->test == SMOL_TEST_NULL);
		add_filter(filters, &filter);
		return;
	}

	/* the operators are strict */
	if (conditions->isnull[i])
	{
		filters->nothing = true;
		return;
	}
	filter.column = condition->column;
	filter.test = condition->test;
	filter.cmp = cmp;
	if (condition->array)
	{
		Datum	   *elements;
		bool		has_nulls;

		filter.nelements = smol_sort_elements(conditions->values[i],
											  condition->opfamily,
											  condition->righttype,
											  condition->collation, false,
											  &elements, &has_nulls);
		if (condition->test == SMOL_TEST_EQUAL)
		{
			if (filter.nelements == 0)
			{
				filters->nothing = true;
				return;
			}
		}
		else if (has_nulls)
		{
			/* "<>" is not known of a NULL element, so not of all */
			filters->nothing = true;
			return;
		}
		else if (filter.nelements == 0)
			return;				/* true of all rows, NULLs too */
		filter.elements = palloc(sizeof(SmolArgument) * filter.nelements);
		for (int k = 0; k < filter.nelements; k++)
			smol_prepare_argument(cmp, condition->righttype, elements[k],
								  &filter.elements[k]);

		/* the collation's order is not that of bytes, its equality is */
		if (cmp->order == SMOL_ORDER_BYTES)
			qsort(filter.elements, filter.nelements, sizeof(SmolArgument),
				  compare_bytes);
	}
	else
		smol_prepare_argument(cmp, condition->righttype, conditions->values[i],
							  &cmp->argument);
	if (set_comparison(&filter, filters->meta))
	{
		set_probe(filters, &filter, condition->opfamily, condition->lefttype,
				  condition->righttype, condition->collation);
		add_filter(filters, &filter);
	}
	else
		filters->nothing = true;
}

/*
 * Make the filters of a rescan, in the current memory context.  'keys' has
 * taken in the key conditions and says which of them are filters; these don't
 * change while its arrays turn.
 */
void
smol_set_filters(SmolFilters *filters, const SmolScanKeys *keys)
{
	filters->n = 0;
	filters->nothing = keys->impossible;
	filters->zones = false;
	filters->bloom = false;
	if (filters->nothing)
		return;

	for (int i = 0; i < keys->nfilters; i++)
		add_key_filter(filters, &keys->filters[i]);
	for (int i = 0; i < filters->conditions->n; i++)
		if (!filters->conditions->conditions[i].key)
			add_condition(filters, i);
}

bool
smol_filters_pass_nothing(const SmolFilters *filters)
{
	return filters->nothing;
}

/* Does every row of the ranges pass? */
bool
smol_filters_pass_all(const SmolFilters *filters)
{
	return !filters->nothing && filters->n == 0;
}

bool
smol_filters_have_zones(const SmolFilters *filters)
{
	return filters->zones || filters->bloom;
}
