/*-------------------------------------------------------------------------
 *
 * packer.c
 *	  Fills pages with rows.
 *
 * Rows are collected until a page is full, where full means that the least
 * encoding of its columns takes the page: how many rows that is depends on
 * the data, from two to a million.  The packer finds the number by measuring;
 * sizes grow with the rows, so it can search.
 *
 * This code doesn't know what rows are about, nor where pages go.
 *
 * Copyright (c) 2026, the smol developers
 *
 * IDENTIFICATION
 *	  src/tree/packer.c
 *
 *-------------------------------------------------------------------------
 */
#include "smol.h"

#include "miscadmin.h"
#include "tree/packer.h"
#include "utils/memutils.h"

/* What a guessed number of rows is meant to leave free. */
#define MIN_SLACK	(SMOL_PAGE_ROOM / 256)
#define MAX_SLACK	(SMOL_PAGE_ROOM / 96)

SmolPacker *
smol_make_packer(SmolPageKind kind, int level, const SmolColumnDesc *descs, int ncolumns)
{
	SmolPacker *packer = palloc0(sizeof(SmolPacker));
	Size		row_bytes = sizeof(int64);

	packer->kind = kind;
	packer->level = level;
	packer->ncolumns = ncolumns;
	packer->columns = palloc0(sizeof(SmolPackColumn) * ncolumns);
	for (int i = 0; i < ncolumns; i++)
	{
		SmolPackColumn *col = &packer->columns[i];

		col->lane = SmolImageIsWord(descs[i].image) ? SMOL_LANE_WORD : SMOL_LANE_BYTES;
		col->fixed_len = descs[i].length;
		if (descs[i].image == SMOL_IMAGE_FLOAT4)
			col->hint = SMOL_HINT_FLOAT4;
		else if (descs[i].image == SMOL_IMAGE_FLOAT8)
			col->hint = SMOL_HINT_FLOAT8;
		col->first_null = PG_UINT32_MAX;
		row_bytes += sizeof(int64) +
			(col->lane == SMOL_LANE_WORD ? sizeof(int64) : sizeof(SmolSlice));
	}

	/*
	 * Runs of equal rows may fill a leaf with any number of rows.  Stop where
	 * the arrays would take a good part of maintenance_work_mem, but not
	 * below a size at which a leaf's overhead no longer counts.
	 */
	packer->max_rows = (uint32) Min((Size) SMOL_MAX_PAGE_ROWS,
									Max((Size) maintenance_work_mem * 1024 / 4,
										(Size) 8 * 1024 * 1024) / row_bytes);
	packer->slack = MIN_SLACK;
	packer->scratch.size = SMOL_SCRATCH_SIZE;
	packer->scratch.data = palloc(SMOL_SCRATCH_SIZE);
	packer->arena = BumpContextCreate(CurrentMemoryContext, "smol writer bytes",
									  ALLOCSET_DEFAULT_SIZES);
	packer->spare = BumpContextCreate(CurrentMemoryContext, "smol writer bytes",
									  ALLOCSET_DEFAULT_SIZES);
	return packer;
}

void
smol_free_packer(SmolPacker *packer)
{
	for (int i = 0; i < packer->ncolumns; i++)
	{
		SmolPackColumn *col = &packer->columns[i];

		if (col->words)
			pfree(col->words);
		if (col->slices)
			pfree(col->slices);
		if (col->nulls)
			pfree(col->nulls);
	}
	if (packer->tids)
		pfree(packer->tids);
	MemoryContextDelete(packer->arena);
	MemoryContextDelete(packer->spare);
	pfree(packer->scratch.data);
	pfree(packer->columns);
	pfree(packer);
}

static void *
grow(void *array, Size size, uint32 capacity)
{
	MemoryContext context = array ? GetMemoryChunkContext(array) : CurrentMemoryContext;

	if (array == NULL)
		return MemoryContextAllocExtended(context, size * capacity, MCXT_ALLOC_HUGE);
	return repalloc_huge(array, size * capacity);
}

static void
enlarge(SmolPacker *packer)
{
	uint32		capacity = packer->capacity ? packer->capacity * 2 : 1024;

	for (int i = 0; i < packer->ncolumns; i++)
	{
		SmolPackColumn *col = &packer->columns[i];

		if (col->lane == SMOL_LANE_WORD)
			col->words = grow(col->words, sizeof(int64), capacity);
		else
			col->slices = grow(col->slices, sizeof(SmolSlice), capacity);
		if (col->nulls)
			col->nulls = grow(col->nulls, sizeof(int64), capacity);
	}
	if (packer->kind == SMOL_PAGE_LEAF)
		packer->tids = grow(packer->tids, sizeof(int64), capacity);
	packer->capacity = capacity;
}

/*
 * Is row i of a column equal, bit for bit, to this value?  Then its bytes can
 * be shared.
 */
static inline bool
same_bytes(SmolSlice a, SmolSlice b)
{
	return a.len == b.len && smol_same_bytes(a.ptr, b.ptr, a.len);
}

void
smol_pack_row(SmolPacker *packer, const SmolValue *values, const bool *isnull, int64 tid)
{
	uint32		row = packer->nrows;

	if (row == packer->capacity)
		enlarge(packer);

	for (int i = 0; i < packer->ncolumns; i++)
	{
		SmolPackColumn *col = &packer->columns[i];
		bool		null = isnull && isnull[i];

		if (unlikely(null) && col->nulls == NULL)
			col->nulls = grow(NULL, sizeof(int64), packer->capacity);
		if (unlikely(null) && col->first_null > row)
		{
			memset(col->nulls, 0, sizeof(int64) * row);
			col->first_null = row;
		}
		if (col->nulls)
			col->nulls[row] = null;

		/* under a NULL, repeat the value before: it costs least */
		if (col->lane == SMOL_LANE_WORD)
			col->words[row] = null ? (row > 0 ? col->words[row - 1] : 0) : values[i].word;
		else if (row > 0 && (null || same_bytes(col->slices[row - 1], values[i].slice)))
			col->slices[row] = col->slices[row - 1];
		else
		{
			uint32		len = null ? col->fixed_len : values[i].slice.len;
			uint8	   *copy = MemoryContextAlloc(packer->arena, Max(len, 1));

			if (null)
				memset(copy, 0, len);
			else
				memcpy(copy, values[i].slice.ptr, len);
			col->slices[row].ptr = copy;
			col->slices[row].len = len;
		}
	}
	if (packer->tids)
		packer->tids[row] = tid;
	packer->nrows++;
}

static void
describe(SmolPacker *packer, const SmolPackColumn *col, uint32 nrows, SmolColumn *out)
{
	out->lane = col->lane;
	out->hint = col->hint;
	out->fixed_len = col->fixed_len;
	out->quick = packer->kind != SMOL_PAGE_LEAF;
	out->n = nrows;
	out->words = col->words;
	out->slices = col->slices;
	out->scratch = &packer->scratch;
}

static void
describe_nulls(SmolPacker *packer, const SmolPackColumn *col, uint32 nrows, SmolColumn *out)
{
	memset(out, 0, sizeof(*out));
	out->lane = SMOL_LANE_WORD;
	out->quick = packer->kind != SMOL_PAGE_LEAF;
	out->n = nrows;
	out->words = col->nulls;
	out->scratch = &packer->scratch;
}

/*
 * Where codecs were chosen for about as many rows they are as good for these,
 * and measuring with them alone costs a fraction.
 */
static inline bool
is_chosen_for(const SmolPacker *packer, uint32 nrows)
{
	return nrows >= packer->chosen_at / 8 * 7 && nrows <= packer->chosen_at / 8 * 9;
}

/*
 * Bytes of page contents that the first nrows rows take, which may be more
 * than there is room for.
 */
static Size
measure(SmolPacker *packer, uint32 nrows)
{
	Size		total = sizeof(SmolPackHeader);
	bool		choose = !is_chosen_for(packer, nrows);

	for (int i = 0; i < packer->ncolumns; i++)
	{
		SmolPackColumn *col = &packer->columns[i];
		SmolColumn	in;
		Size		bytes = SMOL_NO_FIT;

		describe(packer, col, nrows, &in);
		if (!choose)
			bytes = smol_measure_column(&in, col->codec);
		if (bytes == SMOL_NO_FIT)
			col->codec = smol_choose_codec(&in, &bytes);
		if (bytes == SMOL_NO_FIT)
			return SMOL_NO_FIT;
		total += sizeof(SmolChunkRef) + bytes;
		if (col->first_null < nrows)
		{
			describe_nulls(packer, col, nrows, &in);
			bytes = SMOL_NO_FIT;
			if (!choose)
				bytes = smol_measure_column(&in, col->nulls_codec);
			if (bytes == SMOL_NO_FIT)
				col->nulls_codec = smol_choose_codec(&in, &bytes);
			total += sizeof(SmolChunkRef) + bytes;
		}
	}
	if (choose)
		packer->chosen_at = nrows;
	return total;
}

/* So many rows fit, with the codecs that they were measured with. */
static void
remember_fit(SmolPacker *packer, uint32 nrows, Size bytes)
{
	packer->fits = nrows;
	packer->fits_bytes = bytes;
	for (int i = 0; i < packer->ncolumns; i++)
	{
		packer->columns[i].fits_codec = packer->columns[i].codec;
		packer->columns[i].fits_nulls_codec = packer->columns[i].nulls_codec;
	}
}

/* So many rows and a few more. */
static inline uint32
add_margin(uint32 nrows)
{
	return nrows + nrows / 16 + 1;
}

/*
 * Drop the first nrows rows, which are on a page now.
 */
void
smol_drop_rows(SmolPacker *packer, uint32 nrows)
{
	uint32		left = packer->nrows - nrows;
	MemoryContext arena = packer->arena;

	for (int i = 0; i < packer->ncolumns; i++)
	{
		SmolPackColumn *col = &packer->columns[i];

		if (col->lane == SMOL_LANE_WORD)
			memmove(col->words, col->words + nrows, sizeof(int64) * left);
		else
		{
			for (uint32 row = 0; row < left; row++)
			{
				SmolSlice	from = col->slices[nrows + row];
				uint8	   *copy;

				/* shared with the row before, as smol_pack_row left it */
				if (row > 0 && from.ptr == col->slices[nrows + row - 1].ptr)
				{
					col->slices[row] = col->slices[row - 1];
					continue;
				}
				copy = MemoryContextAlloc(packer->spare, Max(from.len, 1));
				memcpy(copy, from.ptr, from.len);
				col->slices[row].ptr = copy;
				col->slices[row].len = from.len;
			}
		}
		if (col->nulls)
		{
			memmove(col->nulls, col->nulls + nrows, sizeof(int64) * left);
			col->first_null = PG_UINT32_MAX;
			for (uint32 row = 0; row < left; row++)
				if (col->nulls[row])
				{
					col->first_null = row;
					break;
				}
		}
	}
	if (packer->tids)
		memmove(packer->tids, packer->tids + nrows, sizeof(int64) * left);

	packer->arena = packer->spare;
	packer->spare = arena;
	MemoryContextReset(arena);
	packer->nrows = left;
	packer->fits = 0;
	packer->fits_bytes = 0;
	packer->chosen_at = 0;

	/*
	 * The next page will likely take about as many rows.  A few more, so that
	 * they are found too many: then one more measurement will do.
	 */
	packer->next_check = Max(add_margin(nrows), left + 1);
	packer->next_check = Min(packer->next_check, packer->max_rows);
}

/* Is a page that has so much on it as good as full? */
static inline bool
is_full(Size bytes)
{
	return bytes <= SMOL_PAGE_ROOM && SMOL_PAGE_ROOM - bytes <= SMOL_PAGE_ROOM / 256;
}

/*
 * How many rows fill a page, if 'fits' do not and 'bad' are too many?  Where a
 * straight line between their bytes meets the room, or rather just before.
 */
static uint32
interpolate(const SmolPacker *packer)
{
	Size		target = SMOL_PAGE_ROOM - packer->slack;
	Size		from = packer->fits > 0 ? packer->fits_bytes : packer->fixed_bytes;
	double		part;
	uint32		rows;

	if (packer->bad_bytes == SMOL_NO_FIT || from >= target)
		return packer->fits + (packer->bad - packer->fits) / 2;
	part = (double) (target - from) / (packer->bad_bytes - from);
	rows = packer->fits + (uint32) ((packer->bad - packer->fits) * part);
	return Min(Max(rows, packer->fits + 1), packer->bad - 1);
}

/*
 * What would no rows take?  A line through what fits and what doesn't tells
 * for the next page: such as entries of dictionaries.
 */
static void
learn_fixed(SmolPacker *packer)
{
	double		row;

	if (packer->bad_bytes == SMOL_NO_FIT)
		return;
	row = (double) (packer->bad_bytes - packer->fits_bytes) / (packer->bad - packer->fits);
	packer->fixed_bytes = (Size) Max(0, packer->fits_bytes - row * packer->fits);
}

/*
 * Search the number of rows that fill a page by measuring, between what fits
 * and what doesn't.  Bytes most often grow evenly, but every third step halves,
 * so that the search ends soon however they grow.
 */
static void
search_fit(SmolPacker *packer)
{
	for (int step = 1; packer->bad - packer->fits > 1 + packer->fits / 256 &&
		 !is_full(packer->fits_bytes); step++)
	{
		uint32		mid = step % 3 != 0 ? interpolate(packer) :
			packer->fits + (packer->bad - packer->fits) / 2;
		Size		bytes;

		CHECK_FOR_INTERRUPTS();
		bytes = measure(packer, mid);
		if (bytes <= SMOL_PAGE_ROOM)
			remember_fit(packer, mid, bytes);
		else
		{
			packer->bad = mid;
			packer->bad_bytes = bytes;
		}
	}
	if (packer->fits == 0)
		elog(ERROR, "a row does not fit a page");
}

/*
 * Rows to make a page of, or 0 if there is room for more.  To be called after
 * each row; measures seldom.  That so many rows fit need not be certain:
 * smol_encode_page will see.
 */
uint32
smol_fill_page(SmolPacker *packer)
{
	uint32		nrows = packer->nrows;
	Size		bytes;

	if (nrows < packer->next_check)
		return 0;

	bytes = measure(packer, nrows);
	if (bytes <= SMOL_PAGE_ROOM)
	{
		double		guess = (double) nrows * SMOL_PAGE_ROOM / bytes;

		remember_fit(packer, nrows, bytes);
		if (nrows >= packer->max_rows || is_full(bytes))
			return nrows;
		packer->next_check = add_margin((uint32) Min(guess, nrows * 2.0));
		packer->next_check = Min(packer->next_check, packer->max_rows);
		return 0;
	}

	packer->bad = nrows;
	packer->bad_bytes = bytes;
	nrows = interpolate(packer);
	if (is_chosen_for(packer, nrows) && nrows > packer->fits)
		return nrows;
	search_fit(packer);
	return packer->fits;
}

/*
 * Encode the first nrows rows on a page, with the codecs as measured last, or
 * with those that 'fits' rows fit with.  Returns the bytes that they take, which
 * may be more than there is room for.
 */
static Size
try_encode(SmolPacker *packer, uint32 nrows, uint64 first_row, Page page,
		   BlockNumber block)
{
	SmolPackHeader *pack;
	SmolChunkRef *refs;
	uint8	   *out;
	int			nchunks = packer->ncolumns;

	bool		known = nrows == packer->fits;

	for (int i = 0; i < packer->ncolumns; i++)
		if (packer->columns[i].first_null < nrows)
			nchunks++;

	smol_init_page(page, packer->kind, packer->level, block);
	pack = SmolPageGetPack(page);
	refs = SmolPackGetRefs(pack);
	pack->first_row = first_row;
	pack->nrows = nrows;
	pack->nchunks = nchunks;
	pack->unused = 0;
	out = (uint8 *) &refs[nchunks];

	for (int i = 0, chunk = 0, nulls = packer->ncolumns; chunk < nchunks; chunk++)
	{
		SmolColumn	in;
		Size		written;
		SmolChunkRef *ref = &refs[chunk];

		if (chunk < packer->ncolumns)
		{
			const SmolPackColumn *col = &packer->columns[chunk];

			describe(packer, col, nrows, &in);
			ref->nulls = col->first_null < nrows ? nulls++ : 0;
			ref->codec = known ? col->fits_codec : col->codec;
		}
		else
		{
			while (packer->columns[i].first_null >= nrows)
				i++;
			describe_nulls(packer, &packer->columns[i], nrows, &in);
			ref->nulls = 0;
			ref->codec = known ? packer->columns[i].fits_nulls_codec :
				packer->columns[i].nulls_codec;
			i++;
		}
		ref->unused = 0;
		ref->offset = (uint16) (out - (uint8 *) page);
		written = smol_encode_column(&in, ref->codec, out,
									 (uint8 *) page + BLCKSZ - SMOL_SPECIAL_SIZE - out);
		if (written == SMOL_NO_FIT)
			return SMOL_NO_FIT;
		ref->length = (uint16) written;
		out += written;
	}
	((PageHeader) page)->pd_lower = (uint16) (out - (uint8 *) page);
	smol_seal_page(page);
	return out - (uint8 *) pack;
}

/*
 * Encode rows as smol_fill_page has said.  Returns how many there are on the
 * page, which may be others if it guessed badly.
 */
uint32
smol_encode_page(SmolPacker *packer, uint32 nrows, uint64 first_row, Page page,
				 BlockNumber block)
{
	bool		guessed = nrows != packer->fits;
	Size		bytes = try_encode(packer, nrows, first_row, page, block);

	/* aim lower the more often a guess fails; a few rows less will do */
	if (guessed && bytes == SMOL_NO_FIT)
	{
		packer->slack = Min(packer->slack * 2, MAX_SLACK);
		nrows -= nrows / 64 + 1;
		if (nrows > packer->fits)
			bytes = try_encode(packer, nrows, first_row, page, block);
	}
	else if (guessed)
		packer->slack = Max(packer->slack - packer->slack / 8, MIN_SLACK);

	if (guessed && bytes != SMOL_NO_FIT)
	{
		remember_fit(packer, nrows, bytes);
		learn_fixed(packer);
	}
	if (guessed && (bytes == SMOL_NO_FIT || bytes < SMOL_PAGE_ROOM - 2 * MAX_SLACK))
	{
		search_fit(packer);
		nrows = packer->fits;
		bytes = try_encode(packer, nrows, first_row, page, block);
	}
	if (bytes == SMOL_NO_FIT)
		elog(ERROR, "rows that were measured to fit a page do not");
	return nrows;
}
