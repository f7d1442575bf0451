/*-------------------------------------------------------------------------
 *
 * distinct.c
 *	  Aggregates with DISTINCT: each value of a group is taken in once.
 *
 * Values that have been seen are groups of their own, by the grouping columns
 * and the value.  Rows that make such a group have a value that is new to theirs.
 * Where rows come sorted by these columns, the last group is all that must be
 * kept; elsewhere all are.
 *
 * Copyright (c) 2026, the smol developers
 *
 * IDENTIFICATION
 *	  src/exec/distinct.c
 *
 *-------------------------------------------------------------------------
 */
#include "smol.h"

#include "exec/smolaggnode.h"

/* DISTINCT values of a column, of the rows that pass a FILTER. */
struct SmolDistinct
{
	int			column;
	int			filter;
	bool		sorted;
	int			nkeys;			/* grouping columns, and the value unless it
								 * is one of these */
	int			keys[INDEX_MAX_KEYS + 1];
	SmolColumnDesc descs[INDEX_MAX_KEYS + 1];
	SmolNormal	normals[INDEX_MAX_KEYS + 1];
	int			value;			/* which of the keys it is */
	SmolGroups *seen;

	/* rows that have a value, if not all do */
	uint16	   *selection;
	SmolVector	room[INDEX_MAX_KEYS + 1];
	SmolGroupRun *runs;
	uint32	   *numbers;
	uint32	   *groups;			/* of the values that are new */
};

/*
 * The DISTINCT values of a column, which is kept like that; node->keys has been
 * set up.
 */
SmolDistinct *
smol_make_distinct(const SmolAggregateState *node, int column, int filter,
				   const SmolColumnDesc *desc, SmolNormal normal, bool sorted)
{
	SmolDistinct *distinct = palloc0(sizeof(SmolDistinct));

	distinct->column = column;
	distinct->filter = filter;
	distinct->sorted = sorted;
	distinct->value = -1;
	for (int i = 0; i < node->nkeys; i++)
	{
		distinct->keys[i] = node->keys[i];
		distinct->descs[i] = node->key_descs[i];
		distinct->normals[i] = node->key_normals[i];
		if (node->keys[i] == column)
			distinct->value = i;
	}
	distinct->nkeys = node->nkeys;
	if (distinct->value < 0)
	{
		distinct->value = distinct->nkeys++;
		distinct->keys[distinct->value] = column;
		distinct->descs[distinct->value] = *desc;
		distinct->normals[distinct->value] = normal;
	}
	distinct->selection = palloc_array(uint16, SMOL_BATCH_ROWS);
	distinct->numbers = palloc_array(uint32, SMOL_BATCH_ROWS);
	distinct->groups = palloc_array(uint32, SMOL_BATCH_ROWS);
	distinct->runs = palloc_array(SmolGroupRun, SMOL_BATCH_ROWS);
	for (int i = 0; i < distinct->nkeys; i++)
	{
		if (SmolImageIsWord(distinct->descs[i].image))
			distinct->room[i].words = palloc_array(int64, SMOL_BATCH_ROWS);
		else
			distinct->room[i].slices = palloc_array(SmolSlice, SMOL_BATCH_ROWS);
		distinct->room[i].nulls = palloc_array(int64, SMOL_BATCH_ROWS);
	}
	return distinct;
}

bool
smol_distinct_is(const SmolDistinct *distinct, int column, int filter)
{
	return distinct->column == column && distinct->filter == filter;
}

/* Nothing has been seen.  Values live in the current memory context. */
void
smol_start_distinct(SmolDistinct *distinct)
{
	distinct->seen = smol_create_groups(distinct->nkeys, distinct->descs,
										distinct->normals, 0, distinct->sorted);
}

Size
smol_distinct_memory(const SmolDistinct *distinct)
{
	return smol_groups_memory(distinct->seen);
}

/* The rows that have a value; NULL: all n. */
static const uint16 *
choose_rows(const SmolDistinct *distinct, const int64 *nulls, const uint8 *passes,
			uint32 *n)
{
	uint32		count = 0;

	if (nulls == NULL && passes == NULL)
		return NULL;
	for (uint32 i = 0; i < *n; i++)
	{
		distinct->selection[count] = (uint16) i;
		count += (nulls == NULL || nulls[i] == 0) && (passes == NULL || passes[i]);
	}
	*n = count;
	return distinct->selection;
}

/*
 * Find the values among n rows, of groups 'numbers' (NULL: all of the only one),
 * that are new: their words, and in distinct->groups the groups.  Returns how many
 * they are.
 */
static uint32
find_new(SmolDistinct *distinct, const SmolVector *vectors, const uint8 *passes,
		 const uint32 *numbers, uint32 n, const int64 **words)
{
	SmolVector	keys[INDEX_MAX_KEYS + 1];
	const uint16 *selection = choose_rows(distinct, vectors[distinct->column].nulls,
										  passes, &n);
	uint32		before = smol_count_groups(distinct->seen);
	uint32		count = 0;

	if (n == 0)
		return 0;
	for (int i = 0; i < distinct->nkeys; i++)
	{
		keys[i] = vectors[distinct->keys[i]];
		if (selection)
			smol_squeeze_vector(&distinct->room[i], &keys[i], selection, n);
	}

	/* groups are numbered as they come: each by its first row */
	if (distinct->sorted)
	{
		uint32		nruns = smol_find_runs(distinct->seen, keys, n, distinct->runs);
		uint32		first = 0;

		for (uint32 r = 0; r < nruns; r++)
		{
			if (distinct->runs[r].group >= before && numbers)
				distinct->groups[count++] = numbers[selection ? selection[first] : first];
			first = distinct->runs[r].end;
		}
	}
	else
	{
		uint32		next = before;

		smol_find_groups(distinct->seen, keys, n, distinct->numbers);
		for (uint32 i = 0; numbers && i < n; i++)
			if (distinct->numbers[i] == next)
			{
				distinct->groups[count++] = numbers[selection ? selection[i] : i];
				next++;
			}
	}
	count = smol_count_groups(distinct->seen) - before;
	*words = smol_group_words(distinct->seen, distinct->value);
	if (*words)
		*words += before;
	return count;
}

/*
 * Take in the DISTINCT values of n rows, of groups 'numbers' (NULL: all of the only
 * one).
 */
void
smol_fold_distinct(SmolAggregateState *node, int which, const SmolVector *vectors,
				   const uint32 *numbers, uint32 n)
{
	SmolDistinct *distinct = node->distincts[which];
	const uint8 *passes = distinct->filter >= 0 ? node->passes[distinct->filter] : NULL;
	SmolValues	values = {NULL, NULL};
	uint32		count = find_new(distinct, vectors, passes, numbers, n, &values.words);
	char	   *states = smol_group_states(node->groups);

	if (count == 0)
		return;
	for (int i = 0; i < node->ncells; i++)
	{
		const SmolAggregate *cell = &node->cells[i];

		if (cell->distinct != which)
			continue;
		if (numbers == NULL)
			smol_fold_values(cell, states, values, count);
		else
			smol_fold_groups(cell, states, node->stride, distinct->groups, values, count);
	}
	if (distinct->sorted)
		smol_keep_last_group(distinct->seen);
}
