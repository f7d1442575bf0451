/*-------------------------------------------------------------------------
 *
 * packer.c
 *	  Fills pages with rows.
 *
 * Rows are collected until a page is full, where full means that the encoded
 * columns take the page: how many rows that is depends on the data, from one to a
 * million.  The packer finds the number by trying.  What rows took on the pages
 * before says how many to try first, and mostly that will do.  If these don't
 * fit, or leave room, bytes grow with rows, so it can search.
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

/* At most so many pages go without numbers, until it is tried again. */
#define MAX_PAUSE	16

/* What a guessed number of rows is meant to leave free. */
#define MIN_SLACK	(SMOL_PAGE_ROOM / 256)
#define MAX_SLACK	(SMOL_PAGE_ROOM / 128)

/* A page that has no more room than this is full. */
#define MAX_WASTE	(SMOL_PAGE_ROOM / 96)

/*
 * What fits says little of so many times as many rows, as dictionaries and bits
 * grow in leaps; but each try on the way to them is in vain.
 */
#define MAX_GROWTH	16

/*
 * Rows whose strings have more bytes than this are tried, however many there should
 * be by what the pages before say: long strings may come behind a million short ones.
 * What does not fit is copied for each page until it does.
 */
#define MAX_STRING_BYTES	((Size) 4 * 1024 * 1024)

/*
 * What is tried may be larger than a page: then it is known by how much.
 */
#define DRAFT_SIZE	(2 * BLCKSZ)

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
			(col->lane == SMOL_LANE_WORD ? sizeof(int64) : sizeof(SmolSlice) + sizeof(uint16));
		if (kind == SMOL_PAGE_LEAF && col->lane == SMOL_LANE_BYTES)
		{
			col->table = palloc(sizeof(SmolNumbers));
			smol_reset_numbers(col->table);
			col->next_pause = 1;
		}
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
	packer->next_try = 1;
	packer->is_first_try = true;
	packer->page = palloc(DRAFT_SIZE);
	packer->draft = palloc(DRAFT_SIZE);
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
		if (col->numbers)
			pfree(col->numbers);
		if (col->table)
			pfree(col->table);
		if (col->nulls)
			pfree(col->nulls);
	}
	if (packer->tids)
		pfree(packer->tids);
	MemoryContextDelete(packer->arena);
	MemoryContextDelete(packer->spare);
	pfree(packer->scratch.data);
	pfree(packer->page);
	pfree(packer->draft);
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
		if (col->table)
			col->numbers = grow(col->numbers, sizeof(uint16), capacity);
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

/*
 * Put a string in a row, which is the last one so far.  The same bytes are kept
 * once, as far as that is noticed.
 */
static void
put_string(SmolPacker *packer, SmolPackColumn *col, uint32 row, SmolSlice string)
{
	bool		is_numbered = col->table && col->nnumbers == row && col->pause == 0;
	uint32		number = SMOL_NO_NUMBER;
	uint8	   *copy;

	if (row > 0 && same_bytes(col->slices[row - 1], string))
	{
		col->slices[row] = col->slices[row - 1];
		if (is_numbered)
			number = col->numbers[row - 1];
	}
	else if (is_numbered &&
			 (number = smol_find_number(col->table, string)) != SMOL_NO_NUMBER)
		col->slices[row] = col->table->strings[number];
	else
	{
		copy = MemoryContextAlloc(packer->arena, Max(string.len, 1));
		packer->string_bytes += string.len;
		memcpy(copy, string.ptr, string.len);
		col->slices[row].ptr = copy;
		col->slices[row].len = string.len;

		if (is_numbered)
			number = smol_add_number(col->table, col->slices[row]);
	}
	if (number != SMOL_NO_NUMBER)
	{
		col->numbers[row] = (uint16) number;
		col->nnumbers++;
	}
}

/*
 * Strings begin anew on the next page.  Where numbers were of no use, as there
 * were too many or nearly one for each row, the next pages go without, more and
 * more of them.
 */
static void
restart_strings(SmolPacker *packer, SmolPackColumn *col, uint32 nrows)
{
	uint32		left = packer->nrows - nrows;

	if (col->pause > 0)
		col->pause--;
	else if (col->nnumbers >= nrows && col->table && col->table->n <= nrows - nrows / 8)
		col->next_pause = 1;
	else
	{
		col->pause = col->next_pause;
		col->next_pause = Min(col->next_pause * 2, MAX_PAUSE);
	}
	if (col->table)
		smol_reset_numbers(col->table);
	col->nnumbers = 0;
	for (uint32 row = 0; row < left; row++)
		put_string(packer, col, row, col->slices[nrows + row]);
}

/* Put a row's values in the arrays, some of which are NULL. */
static void
put_nulls(SmolPacker *packer, uint32 row, const SmolValue *values, const bool *isnull)
{
	for (int i = 0; i < packer->ncolumns; i++)
	{
		SmolPackColumn *col = &packer->columns[i];
		bool		null = isnull[i];

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
		else if (!null)
			put_string(packer, col, row, values[i].slice);
		else if (row > 0)
			put_string(packer, col, row, col->slices[row - 1]);
		else
		{
			SmolSlice	zeros = {palloc0(Max(col->fixed_len, 1)), col->fixed_len};

			put_string(packer, col, row, zeros);
			pfree(unconstify(uint8 *, zeros.ptr));
		}
	}
}

void
smol_pack_row(SmolPacker *packer, const SmolValue *values, const bool *isnull, int64 tid)
{
	uint32		row = packer->nrows;

	if (row == packer->capacity)
		enlarge(packer);
	if (isnull)
		put_nulls(packer, row, values, isnull);
	else
	{
		SmolPackColumn *end = packer->columns + packer->ncolumns;

		for (SmolPackColumn *col = packer->columns; col < end; col++, values++)
		{
			if (col->nulls)
				col->nulls[row] = 0;
			if (col->lane == SMOL_LANE_WORD)
				col->words[row] = values->word;
			else
				put_string(packer, col, row, values->slice);
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
	out->numbers = nrows <= col->nnumbers ? col->numbers : NULL;
	out->scratch = &packer->scratch;
	out->picks = NULL;
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
 * Encode the first nrows rows as a draft of a page.  Returns the bytes of page
 * contents that they take, which may be more than there is room for; more than a
 * draft can hold is SMOL_NO_FIT.
 */
static Size
try_encode(SmolPacker *packer, uint32 nrows)
{
	char	   *page = packer->draft;
	char	   *end = page + DRAFT_SIZE;
	SmolPackHeader *pack = (SmolPackHeader *) PageGetContents(page);
	SmolChunkRef *refs = SmolPackGetRefs(pack);
	uint8	   *out;
	int			nchunks = packer->ncolumns;

	for (int i = 0; i < packer->ncolumns; i++)
		if (packer->columns[i].first_null < nrows)
			nchunks++;

	pack->nrows = nrows;
	pack->nchunks = nchunks;
	pack->unused = 0;
	out = (uint8 *) &refs[nchunks];

	for (int i = 0, chunk = 0, nulls = packer->ncolumns; chunk < nchunks; chunk++)
	{
		SmolColumn	in;
		SmolChoice *choice;
		Size		written;
		SmolChunkRef *ref = &refs[chunk];

		if (chunk < packer->ncolumns)
		{
			SmolPackColumn *col = &packer->columns[chunk];

			describe(packer, col, nrows, &in);
			choice = &col->choice;
			ref->nulls = col->first_null < nrows ? nulls++ : 0;
		}
		else
		{
			while (packer->columns[i].first_null >= nrows)
				i++;
			describe_nulls(packer, &packer->columns[i], nrows, &in);
			choice = &packer->columns[i].nulls_choice;
			ref->nulls = 0;
			i++;
		}
		ref->unused = 0;
		ref->offset = (uint16) ((char *) out - page);
		written = smol_encode_chosen(&in, choice, out, end - (char *) out);
		if (written > (Size) (end - (char *) out))
			return SMOL_NO_FIT;
		ref->codec = choice->codec;
		ref->length = (uint16) written;
		out += written;
	}
	return out - (uint8 *) pack;
}

/*
 * See whether so many rows fit.  If so their draft becomes the page.
 */
static void
try_rows(SmolPacker *packer, uint32 nrows)
{
	Size		bytes = try_encode(packer, nrows);
	char	   *page = packer->page;

	if (bytes > SMOL_PAGE_ROOM)
	{
		packer->bad = nrows;
		packer->bad_bytes = bytes;
		if (nrows == 1)
			elog(ERROR, "a row does not fit a page");
		return;
	}
	packer->fits = nrows;
	packer->fits_bytes = bytes;
	packer->page = packer->draft;
	packer->draft = page;
}

/*
 * How many rows fill a page, if 'fits' do not and 'bad' are too many?  Where a
 * straight line between their bytes meets the room, or rather just before.
 * Without 'bad' the line goes on.
 */
static uint32
guess_rows(const SmolPacker *packer)
{
	double		target = SMOL_PAGE_ROOM - packer->slack;
	double		from = packer->fits > 0 ? packer->fits_bytes : packer->fixed_bytes;
	double		rows;

	if (packer->bad == 0)
	{
		double		row = (from - packer->fixed_bytes) / packer->fits;

		rows = packer->fits * (double) MAX_GROWTH;
		if (row > 0)
			rows = Min(rows, (target - packer->fixed_bytes) / row);
		return Min((uint32) Max(rows, packer->fits + 1.0), packer->max_rows);
	}
	if (packer->bad_bytes == SMOL_NO_FIT || from >= target)
		return packer->fits + (packer->bad - packer->fits) / 2;
	rows = packer->fits +
		(packer->bad - packer->fits) * (target - from) / (packer->bad_bytes - from);
	return Min(Max((uint32) rows, packer->fits + 1), packer->bad - 1);
}

/* Are there so many bytes of strings that no more rows should be waited for? */
static inline bool
is_heavy(const SmolPacker *packer)
{
	return packer->string_bytes > MAX_STRING_BYTES;
}

/* Is there nothing to gain by other numbers of rows? */
static bool
is_full(const SmolPacker *packer)
{
	if (packer->fits == 0)
		return false;
	return SMOL_PAGE_ROOM - packer->fits_bytes <= MAX_WASTE ||
		packer->fits == packer->max_rows ||
		(packer->fits == packer->nrows && is_heavy(packer)) ||
		(packer->bad > 0 && packer->bad - packer->fits <= 1 + packer->fits / 256);
}

/*
 * Learn from the page for the next one.  What no rows would take, such as
 * entries of dictionaries, is where a line through what fits and what doesn't
 * comes from.
 */
static void
learn(SmolPacker *packer)
{
	double		row;

	if (packer->bad > 0 && packer->bad_bytes != SMOL_NO_FIT &&
		packer->bad - packer->fits > packer->fits / 64)
	{
		row = (double) (packer->bad_bytes - packer->fits_bytes) /
			(packer->bad - packer->fits);
		packer->fixed_bytes = Max(0, packer->fits_bytes - row * packer->fits);
	}

	/* it may have been more on the pages before */
	packer->fixed_bytes = Min(packer->fixed_bytes, packer->fits_bytes / 2.0);
	row = (packer->fits_bytes - packer->fixed_bytes) / packer->fits;
	packer->row_bytes = packer->row_bytes > 0 ? (packer->row_bytes + row) / 2 : row;
}

/*
 * Rows of a page that is complete now, and is to be taken; 0 if there is room for
 * more rows.  To be called after each row; does something seldom.  There may be
 * rows left.  With 'last' there will be no more rows: then 0 says that there are
 * none left.
 */
uint32
smol_fill_page(SmolPacker *packer, bool last)
{
	uint32		nrows = packer->next_try;

	if (packer->nrows < nrows && !last)
	{
		if (likely(!is_heavy(packer)))
			return 0;
		nrows = packer->nrows;
	}

	for (int step = 1; !is_full(packer); step++)
	{
		if (nrows > packer->nrows)
		{
			if (!last)
			{
				packer->next_try = nrows;
				return 0;
			}
			if (packer->fits == packer->nrows)
				break;
			nrows = packer->nrows;
		}

		CHECK_FOR_INTERRUPTS();
		try_rows(packer, nrows);

		/* aim lower the more often a first guess fails */
		if (packer->is_first_try && packer->row_bytes > 0)
			packer->slack = packer->fits > 0 ?
				Max(packer->slack - packer->slack / 8, MIN_SLACK) :
				Min(packer->slack * 2, MAX_SLACK);
		packer->is_first_try = false;

		/* halving now and then ends the search soon however bytes grow */
		nrows = packer->bad > 0 && step % 3 == 0 ?
			packer->fits + (packer->bad - packer->fits) / 2 : guess_rows(packer);
	}
	return packer->fits;
}

/*
 * Hand over the page that is complete, as one of the file.
 */
void
smol_take_page(SmolPacker *packer, uint64 first_row, Page page, BlockNumber block)
{
	Size		start = (char *) PageGetContents(page) - (char *) page;

	smol_init_page(page, packer->kind, packer->level, block);
	memcpy((char *) page + start, packer->page + start, packer->fits_bytes);
	SmolPageGetPack(page)->first_row = first_row;
	((PageHeader) page)->pd_lower = (uint16) (start + packer->fits_bytes);
	smol_seal_page(page);
}

/*
 * Drop the rows that are on a page now.
 */
void
smol_drop_rows(SmolPacker *packer)
{
	uint32		nrows = packer->fits;
	uint32		left = packer->nrows - nrows;
	MemoryContext arena = packer->arena;
	double		rows;

	learn(packer);
	packer->arena = packer->spare;
	packer->string_bytes = 0;

	for (int i = 0; i < packer->ncolumns; i++)
	{
		SmolPackColumn *col = &packer->columns[i];

		smol_wear_choice(&col->choice);
		if (col->first_null < nrows)
			smol_wear_choice(&col->nulls_choice);
		if (col->lane == SMOL_LANE_WORD)
			memmove(col->words, col->words + nrows, sizeof(int64) * left);
		else
			restart_strings(packer, col, nrows);
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

	packer->spare = arena;
	MemoryContextReset(arena);
	packer->nrows = left;
	packer->fits = 0;
	packer->fits_bytes = 0;
	packer->bad = 0;
	packer->is_first_try = true;
	rows = packer->row_bytes > 0 ?
		(SMOL_PAGE_ROOM - packer->slack - packer->fixed_bytes) / packer->row_bytes : nrows;
	packer->next_try = (uint32) Min(Max(rows, 1), packer->max_rows);
}
