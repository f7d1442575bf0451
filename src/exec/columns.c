/*-------------------------------------------------------------------------
 *
 * columns.c
 *	  The columns of a batch, decoded when they are asked for.
 *
 * Room for them is kept from batch to batch.
 *
 * Copyright (c) 2026, the smol developers
 *
 * IDENTIFICATION
 *	  src/exec/columns.c
 *
 *-------------------------------------------------------------------------
 */
#include "smol.h"

#include "codec/kernels.h"
#include "exec/smolbatches.h"
#include "utils/memutils.h"

/* Another batch: nothing of it is decoded. */
void
smol_drop_columns(SmolBatchScan *scan)
{
	SmolBatchPrivate *state = scan->state;

	for (int c = 0; c < scan->reader->meta.ncolumns; c++)
		state->columns[c].have_values = state->columns[c].have_nulls = false;
	state->have_selection = false;
}

/* For each row of the batch: is the column NULL?  NULL: in none it is. */
const int64 *
smol_batch_nulls(SmolBatchScan *scan, int column)
{
	SmolBatchPrivate *state = scan->state;
	SmolBatchColumn *col = &state->columns[column];
	uint32		n = (uint32) scan->batch.n;

	if (!col->have_nulls)
	{
		if (!(scan->reader->meta.flags & SMOL_META_NULLS))
			return NULL;
		if (col->nulls_room < n)
		{
			if (col->nulls)
				pfree(col->nulls);
			col->nulls_room = 0;
			col->nulls = MemoryContextAlloc(state->context, sizeof(int64) * n);
			col->nulls_room = n;
		}
		col->any_null = smol_decode_column(scan->reader, column, scan->batch.first,
										   n, NULL, col->nulls);
		col->have_nulls = true;
	}
	return col->any_null ? col->nulls : NULL;
}

static void
decode_values(SmolBatchScan *scan, int column)
{
	SmolBatchPrivate *state = scan->state;
	SmolBatchColumn *col = &state->columns[column];
	uint32		n = (uint32) scan->batch.n;

	if (col->room < n)
	{
		bool		words = SmolImageIsWord(scan->reader->meta.columns[column].image);

		if (col->vec.words)
			pfree(col->vec.words);
		if (col->vec.slices)
			pfree(col->vec.slices);
		col->vec.words = NULL;
		col->vec.slices = NULL;
		col->room = 0;
		if (words)
			col->vec.words = MemoryContextAlloc(state->context, sizeof(int64) * n);
		else
			col->vec.slices = MemoryContextAlloc(state->context, sizeof(SmolSlice) * n);
		col->room = n;
	}
	(void) smol_decode_column(scan->reader, column, scan->batch.first, n,
							  &col->vec, NULL);
	col->have_values = true;
}

const int64 *
smol_batch_words(SmolBatchScan *scan, int column)
{
	SmolBatchColumn *col = &scan->state->columns[column];

	if (!col->have_values)
		decode_values(scan, column);
	return col->vec.words;
}

const SmolSlice *
smol_batch_slices(SmolBatchScan *scan, int column)
{
	SmolBatchColumn *col = &scan->state->columns[column];

	if (!col->have_values)
		decode_values(scan, column);
	return col->vec.slices;
}

/* The rows of the batch that pass, in order; NULL: all of them. */
const uint16 *
smol_batch_selection(SmolBatchScan *scan)
{
	SmolBatchPrivate *state = scan->state;
	const uint8 *match = scan->batch.match;

	if (match == NULL)
		return NULL;
	if (!state->have_selection)
	{
		(void) smol_list_matches(match, (uint32) scan->batch.n, state->selection);
		state->have_selection = true;
	}
	return state->selection;
}
