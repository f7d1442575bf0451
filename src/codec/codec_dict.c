/*-------------------------------------------------------------------------
 *
 * codec_dict.c
 *	  A dictionary: each distinct value once, and for each row its number.
 *
 * Entries are an inner chunk, sorted (words by value, strings by memcmp, the
 * shorter first), so that they pack well and that numbers can stand for the
 * values wherever only equality is asked for.  Numbers are bit-packed.
 *
 * A dictionary has up to 2048 entries, which bounds what decoding keeps on the
 * stack.  The writer gives up early when a few rows show that there are more
 * distinct values than a dictionary is good for.
 *
 * Copyright (c) 2026, the smol developers
 *
 * IDENTIFICATION
 *	  src/codec/codec_dict.c
 *
 *-------------------------------------------------------------------------
 */
#include "codec/codec_impl.h"

#define MAX_ENTRIES		2048
#define HASH_BITS		12		/* twice as many places as entries */
#define HASH_SIZE		(1 << HASH_BITS)

#define WORDS_CODECS \
	(SMOL_CODEC_BIT(SMOL_CODEC_PLAIN) | SMOL_SORTED_WORDS)
#define BYTES_CODECS	SMOL_PLAIN_BYTES

/* Rows that are looked at before all others. */
#define SAMPLE			256

/* A distinct value, and its number in the order of finding. */
typedef struct Entry
{
	int64		word;			/* WORD */
	SmolSlice	slice;			/* BYTES */
	uint32		found;
} Entry;

static inline int
compare_entry_slices(const Entry *a, const Entry *b)
{
	uint32		len = Min(a->slice.len, b->slice.len);
	int			c = len == 0 ? 0 : memcmp(a->slice.ptr, b->slice.ptr, len);

	return c != 0 ? c : (a->slice.len > b->slice.len) - (a->slice.len < b->slice.len);
}

#define ST_SORT sort_words
#define ST_ELEMENT_TYPE Entry
#define ST_COMPARE(a, b) (((a)->word > (b)->word) - ((a)->word < (b)->word))
#define ST_SCOPE static
#define ST_DEFINE
#include "lib/sort_template.h"

#define ST_SORT sort_slices
#define ST_ELEMENT_TYPE Entry
#define ST_COMPARE(a, b) compare_entry_slices(a, b)
#define ST_SCOPE static
#define ST_DEFINE
#include "lib/sort_template.h"

typedef struct DictPlan
{
	uint32		nentries;
	Entry	   *entries;
	uint16	   *places;			/* hash table: number of an entry, plus 1 */
	uint16	   *codes;			/* of rows, in the order of finding; may be
								 * NULL */
	uint16	   *ranks;			/* of entries, by the order of finding */
	SmolColumn	column;			/* of sorted entries */
	SmolInner	inner;
	int			width;
	Size		size;
} DictPlan;

typedef struct DictView
{
	uint32		nentries;
	int			width;
	SmolChunk	entries;
	const uint8 *bits;
	uint32		nbytes;
} DictView;

/* ---- encoding ---- */

static inline uint32
hash_word(uint64 word)
{
	word ^= word >> 32;
	return (uint32) ((word * UINT64CONST(0x9E3779B97F4A7C15)) >> (64 - HASH_BITS));
}

static inline uint32
hash_slice(SmolSlice slice)
{
	const uint8 *p = slice.ptr;
	uint32		len = slice.len;
	uint64		h = len;
	uint64		part;

	for (; len > 8; len -= 8, p += 8)
	{
		memcpy(&part, p, sizeof(part));
		h = (h ^ part) * UINT64CONST(0x9E3779B97F4A7C15);
		h ^= h >> 32;
	}
	part = 0;
	if (len >= 4)
	{
		uint32		low;
		uint32		high;

		memcpy(&low, p, sizeof(low));
		memcpy(&high, p + len - 4, sizeof(high));
		part = (uint64) high << 32 | low;
	}
	else if (len > 0)
		part = (uint64) p[0] << 16 | (uint64) p[len / 2] << 8 | p[len - 1];
	return hash_word(h ^ part * UINT64CONST(0xD6E8FEB86659FD93));
}

/*
 * The number of a row's value, which is entered if it is new; MAX_ENTRIES if
 * there is no more room.
 */
static inline uint32
find_entry(const SmolColumn *in, DictPlan *plan, uint32 i)
{
	bool		is_word = in->lane == SMOL_LANE_WORD;
	uint32		place = is_word ? hash_word((uint64) in->words[i]) : hash_slice(in->slices[i]);
	uint32		found;

	for (; plan->places[place] != 0; place = (place + 1) % HASH_SIZE)
	{
		found = plan->places[place] - 1;
		if (is_word ? plan->entries[found].word == in->words[i] :
			smol_same_slice(plan->entries[found].slice, in->slices[i]))
			return found;
	}
	found = plan->nentries;
	if (found == MAX_ENTRIES)
		return found;
	plan->places[place] = (uint16) (found + 1);
	if (is_word)
		plan->entries[found].word = in->words[i];
	else
		plan->entries[found].slice = in->slices[i];
	plan->entries[found].found = found;
	plan->nentries++;
	return found;
}

/* Find the distinct values, and number rows if asked to. */
static bool
find_entries(const SmolColumn *in, DictPlan *plan)
{
	uint32		before = 0;

	memset(plan->places, 0, HASH_SIZE * sizeof(uint16));
	plan->nentries = 0;

	/*
	 * If as many values are distinct among a few as are expected with twice
	 * MAX_ENTRIES, that will be too many.
	 */
	if (in->n > 2 * SAMPLE)
	{
		for (uint32 k = 0; k < SAMPLE; k++)
			(void) find_entry(in, plan, (uint32) ((uint64) in->n * k / SAMPLE));
		if (plan->nentries > SAMPLE - SAMPLE * SAMPLE / (4 * MAX_ENTRIES))
			return false;
	}

	for (uint32 i = 0; i < in->n; i++)
	{
		bool		same = i > 0 &&
			(in->lane == SMOL_LANE_WORD ? in->words[i] == in->words[i - 1] :
			 in->slices[i].ptr == in->slices[i - 1].ptr &&
			 in->slices[i].len == in->slices[i - 1].len);

		if (!same)
			before = find_entry(in, plan, i);
		if (before == MAX_ENTRIES)
			return false;
		if (plan->codes)
			plan->codes[i] = (uint16) before;
	}
	return true;
}

/*
 * Takes arrays from the scratch, which the caller gives back.
 */
static void
plan_dict(const SmolColumn *in, bool encode, Size limit, DictPlan *plan)
{
	SmolScratch *scratch = in->scratch;
	uint64		bits_size;

	plan->size = SMOL_NO_FIT;
	plan->codes = NULL;
	if (in->n < 2)
		return;

	/* the same room for measuring and encoding, so that both fit or none */
	plan->places = smol_take_scratch(scratch, HASH_SIZE * sizeof(uint16));
	plan->entries = smol_take_scratch(scratch, MAX_ENTRIES * sizeof(Entry));
	plan->ranks = smol_take_scratch(scratch, MAX_ENTRIES * sizeof(uint16));
	plan->codes = smol_take_scratch(scratch, (uint64) in->n * sizeof(uint16));
	if (plan->places == NULL || plan->entries == NULL ||
		plan->ranks == NULL || plan->codes == NULL)
		return;
	if (!encode)
		plan->codes = NULL;
	if (!find_entries(in, plan))
		return;

	/* not much to gain when most values are distinct */
	plan->width = smol_bits_width(plan->nentries - 1);
	bits_size = smol_bits_size(in->n, plan->width);
	if (plan->nentries > in->n - in->n / 8 ||
		bits_size + plan->nentries / 8 >= limit)
		return;

	plan->column = *in;
	plan->column.n = plan->nentries;
	if (in->lane == SMOL_LANE_WORD)
	{
		int64	   *words = smol_take_scratch(scratch, plan->nentries * sizeof(int64));

		if (words == NULL)
			return;
		sort_words(plan->entries, plan->nentries);
		for (uint32 i = 0; i < plan->nentries; i++)
			words[i] = plan->entries[i].word;
		plan->column.words = words;
	}
	else
	{
		SmolSlice  *slices = smol_take_scratch(scratch, plan->nentries * sizeof(SmolSlice));

		if (slices == NULL)
			return;
		sort_slices(plan->entries, plan->nentries);
		for (uint32 i = 0; i < plan->nentries; i++)
			slices[i] = plan->entries[i].slice;
		plan->column.slices = slices;
	}
	for (uint32 i = 0; i < plan->nentries; i++)
		plan->ranks[plan->entries[i].found] = (uint16) i;

	if (smol_measure_inner(&plan->column,
						   in->lane == SMOL_LANE_WORD ? WORDS_CODECS : BYTES_CODECS,
						   false, limit, &plan->inner) == SMOL_NO_FIT)
		return;
	plan->size = smol_fit(smol_varint_bytes(plan->nentries) +
						  plan->inner.size + bits_size);
}

static Size
dict_measure(const SmolColumn *in, SmolFacts *facts, Size limit)
{
	Size		used = smol_scratch_used(in->scratch);
	DictPlan	plan;

	plan_dict(in, false, limit, &plan);
	smol_return_scratch(in->scratch, used);
	return plan.size;
}

static Size
dict_encode(const SmolColumn *in, SmolFacts *facts, uint8 *out, Size cap)
{
	Size		used = smol_scratch_used(in->scratch);
	DictPlan	plan;

	plan_dict(in, true, SMOL_NO_FIT, &plan);
	if (plan.size != SMOL_NO_FIT && plan.size <= cap)
	{
		uint8	   *next = smol_put_varint(out, plan.nentries);
		SmolBitWriter w;

		next = smol_encode_inner(&plan.column, &plan.inner, false, next);
		smol_bits_begin(&w, next, plan.width);
		for (uint32 i = 0; i < in->n && plan.width > 0; i++)
			smol_bits_put(&w, plan.ranks[plan.codes[i]]);
		next = smol_bits_finish(&w);
		Assert(next == out + plan.size);
	}
	else
		plan.size = SMOL_NO_FIT;
	smol_return_scratch(in->scratch, used);
	return plan.size;
}

/* ---- decoding ---- */

static bool
open_dict(const SmolChunk *in, DictView *view)
{
	SmolInput	input = {in->data, in->data + in->len};

	if (!smol_get_varint(&input, &view->nentries) ||
		view->nentries == 0 || view->nentries > MAX_ENTRIES ||
		!smol_open_inner(&input,
						 in->lane == SMOL_LANE_WORD ? WORDS_CODECS : BYTES_CODECS,
						 false, in->lane, in->fixed_len, view->nentries,
						 &view->entries))
		return false;
	view->width = smol_bits_width(view->nentries - 1);
	view->bits = input.at;
	view->nbytes = smol_left(&input);
	return smol_bits_size(in->n, view->width) <= view->nbytes;
}

/* Codes are decoded some at a time. */
#define BATCH	128

/*
 * Are all entries decoded first?  A few rows don't pay for that, nor must the
 * arena be larger than n values may ask for.
 */
static inline bool
decodes_entries(const DictView *view, uint32 n)
{
	return n >= view->nentries / 16 &&
		smol_arena_size(&view->entries, view->nentries) <= (Size) n * SMOL_MAX_ARENA_WIDTH;
}

/*
 * Rows one by one, each entry looked up where it is.
 */
static bool
decode_few(const DictView *view, uint32 first, uint32 n, SmolLane lane, SmolVec *out)
{
	SmolVec		vec = *out;

	for (uint32 i = 0; i < n; i++)
	{
		uint32		code = (uint32) smol_bits_get(view->bits, view->nbytes,
												  view->width, first + i);

		if (code >= view->nentries ||
			!smol_decode_chunk(&view->entries, code, 1, &vec))
			return false;
		if (lane == SMOL_LANE_WORD)
			vec.words++;
		else
		{
			vec.slices++;
			if (vec.arena)
				vec.arena += smol_arena_size(&view->entries, 1);
		}
	}
	return true;
}

/*
 * The entries first, then rows.
 */
static bool
decode_words(const DictView *view, uint32 first, uint32 n, int64 *words)
{
	int64		entries[MAX_ENTRIES];
	SmolVec		vec = {.words = entries};
	bool		wrong = false;

	if (!smol_decode_chunk(&view->entries, 0, view->nentries, &vec))
		return false;
	smol_bits_unpack(view->bits, view->nbytes, view->width, first, n, 0, words);
	for (uint32 i = 0; i < n; i++)
	{
		uint32		code = (uint32) words[i];

		wrong |= code >= view->nentries;
		words[i] = entries[code % MAX_ENTRIES];
	}
	return !wrong;
}

static bool
decode_slices(const DictView *view, uint32 first, uint32 n, SmolVec *out)
{
	SmolSlice	entries[MAX_ENTRIES];
	SmolVec		vec = {.slices = entries,.arena = out->arena};
	SmolSlice  *slices = out->slices;

	if (!smol_decode_chunk(&view->entries, 0, view->nentries, &vec))
		return false;
	while (n > 0)
	{
		int64		codes[BATCH];
		uint32		batch = Min(BATCH, n);

		smol_bits_unpack(view->bits, view->nbytes, view->width, first, batch, 0, codes);
		for (uint32 i = 0; i < batch; i++)
		{
			if (codes[i] >= view->nentries)
				return false;
			slices[i] = entries[codes[i]];
		}
		slices += batch;
		first += batch;
		n -= batch;
	}
	return true;
}

static bool
dict_decode(const SmolChunk *in, uint32 first, uint32 n, SmolVec *out)
{
	DictView	view;

	if (n == 0)
		return true;
	if (!open_dict(in, &view))
		return false;
	if (!decodes_entries(&view, n))
		return decode_few(&view, first, n, in->lane, out);
	if (in->lane == SMOL_LANE_WORD)
		return decode_words(&view, first, n, out->words);
	return decode_slices(&view, first, n, out);
}

static Size
dict_arena_size(const SmolChunk *in, uint32 n)
{
	DictView	view;

	if (in->lane != SMOL_LANE_BYTES || !open_dict(in, &view))
		return 0;
	if (decodes_entries(&view, n))
		return smol_arena_size(&view.entries, view.nentries);
	return n * smol_arena_size(&view.entries, 1);
}

static const char *
dict_check(const SmolChunk *in)
{
	DictView	view;
	const char *wrong;

	if (in->n == 0)
		return "dict: no rows";
	if (!open_dict(in, &view))
		return "dict: bad header, or too short for its rows";
	if (view.nbytes != smol_bits_size(in->n, view.width))
		return "dict: longer than its rows";
	if ((wrong = smol_check_chunk(&view.entries)) != NULL)
		return wrong;
	for (uint32 i = 0; i < in->n; i++)
	{
		if (smol_bits_get(view.bits, view.nbytes, view.width, i) >= view.nentries)
			return "dict: row without an entry";
	}
	return NULL;
}

const SmolCodec smol_codec_dict = {
	.name = "dict",
	.measure = dict_measure,
	.encode = dict_encode,
	.decode = dict_decode,
	.arena_size = dict_arena_size,
	.check = dict_check,
};
