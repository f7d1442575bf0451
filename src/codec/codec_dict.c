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
 * stack.  Entries are found by hashing, or by a table with a place for each
 * word where words are close together.  Either way measuring stops as soon as
 * there are more distinct values than a dictionary is good for.
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
	(SMOL_CODEC_BIT(SMOL_CODEC_PLAIN) | SMOL_SORTED_WORDS | \
	 SMOL_CODEC_BIT(SMOL_CODEC_ALP))
#define BYTES_CODECS \
	(SMOL_CODEC_BIT(SMOL_CODEC_PLAIN) | SMOL_CODEC_BIT(SMOL_CODEC_RADIX) | \
	 SMOL_CODEC_BIT(SMOL_CODEC_STRINGS))

/* Rows that are looked at before all others. */
#define SAMPLE			256

/* Fewer entries are sorted by comparison. */
#define FEW_KEYS		24

/* Bytes that keys are sorted by, at most. */
#define SORT_BYTES		3

/* Words are close together if they are less than this apart, and than this times rows. */
#define DENSE_RANGE		16384
#define DENSE_FACTOR	8

#define TOO_MANY		PG_UINT32_MAX

/* A distinct value; entries are in the order of finding. */
typedef struct Entry
{
	uint64		word;			/* WORD: the value; BYTES: smol_first_bytes */
	SmolSlice	slice;			/* BYTES */
} Entry;

/* What entries are sorted by. */
typedef struct SortKey
{
	uint64		word;			/* of words, so that it is unsigned */
	uint32		entry;
} SortKey;

/* Words are distinct, and strings are if these are. */
static inline int
compare_keys(const SortKey *a, const SortKey *b, const Entry *entries)
{
	SmolSlice	x;
	SmolSlice	y;
	uint32		len;
	int			c = 0;

	if (a->word != b->word)
		return a->word < b->word ? -1 : 1;
	x = entries[a->entry].slice;
	y = entries[b->entry].slice;
	len = Min(x.len, y.len);
	if (len > sizeof(a->word))
		c = memcmp(x.ptr + sizeof(a->word), y.ptr + sizeof(a->word), len - sizeof(a->word));
	return c != 0 ? c : (x.len > y.len) - (x.len < y.len);
}

#define ST_SORT sort_keys
#define ST_ELEMENT_TYPE SortKey
#define ST_COMPARE(a, b, entries) compare_keys(a, b, entries)
#define ST_COMPARE_ARG_TYPE const Entry
#define ST_SCOPE static
#define ST_DEFINE
#include "lib/sort_template.h"

/*
 * Sort keys, by one byte of their words after the other as far as these differ.
 * It takes no comparisons, which processors guess wrong.  The upper bytes mostly
 * do; if not, what they leave is sorted by comparison.  'spare' is as large.
 */
static void
sort_entry_keys(SortKey *keys, uint32 n, SortKey *spare, const Entry *entries)
{
	SortKey    *from = keys;
	SortKey    *to = spare;
	uint64		differ = 0;
	bool		sorted = true;
	int			shift = 64;
	int			nbytes = 0;

	for (uint32 i = 1; i < n; i++)
		differ |= keys[i].word ^ keys[0].word;
	if (n < FEW_KEYS)
	{
		sort_keys(keys, n, entries);
		return;
	}
	while (shift > 0 && nbytes < SORT_BYTES)
	{
		shift -= 8;
		nbytes += (differ >> shift & 0xff) != 0;
	}
	for (; shift < 64; shift += 8)
	{
		uint32		ends[256] = {0};
		uint32		sum = 0;
		SortKey    *swap = from;

		if ((differ >> shift & 0xff) == 0)
			continue;
		for (uint32 i = 0; i < n; i++)
			ends[from[i].word >> shift & 0xff]++;
		for (int b = 0; b < 256; b++)
		{
			uint32		count = ends[b];

			ends[b] = sum;
			sum += count;
		}
		for (uint32 i = 0; i < n; i++)
			to[ends[from[i].word >> shift & 0xff]++] = from[i];
		from = to;
		to = swap;
	}
	if (from != keys)
		memcpy(keys, from, n * sizeof(SortKey));

	for (uint32 i = 1; i < n; i++)
		sorted &= keys[i].word > keys[i - 1].word;
	if (!sorted)
		sort_keys(keys, n, entries);
}

typedef struct DictPlan
{
	uint32		max_entries;	/* with more there is nothing to gain */
	uint32		nentries;
	bool		dense;
	uint16	   *places;			/* hash table: number of an entry, plus 1; if
								 * dense: by value, the rank */
	Entry	   *entries;
	SortKey    *keys;			/* and room for as many */
	uint16	   *made;			/* codes, if they are to be made */
	const uint16 *codes;		/* of rows, in the order of finding */
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

/*
 * How many entries may there be if a dictionary is to take less than the
 * limit?  Each takes a bit at least, and there is not much to gain when most
 * values are distinct.
 */
static uint32
limit_entries(const SmolColumn *in, Size limit)
{
	uint32		most = Min(MAX_ENTRIES, in->n - in->n / 8);

	for (int width = smol_bits_width(most - 1); width >= 0; width--)
	{
		uint64		size = smol_bits_size(in->n, width);
		uint64		n = Min(most, UINT64CONST(1) << width);

		if (size >= limit)
			continue;
		n = Min(n, Min(limit - size, in->n) * 8 - 1);

		/* as many as have this width, or all of the width below */
		if (width == 0 || n > UINT64CONST(1) << (width - 1))
			return (uint32) n;
	}
	return 0;
}

/*
 * The number of a row's value, which is entered if it is new; TOO_MANY if
 * there is no more room.
 */
static pg_attribute_always_inline uint32
find_entry(const SmolColumn *in, DictPlan *plan, uint32 i, bool is_word)
{
	uint64		word = is_word ? (uint64) in->words[i] : smol_first_bytes(in->slices[i]);
	uint32		place = is_word ? (uint32) (smol_scatter(word) >> (64 - HASH_BITS)) :
		smol_hash_string(in->slices[i], word) % HASH_SIZE;
	Entry	   *entry;

	for (; plan->places[place] != 0; place = (place + 1) % HASH_SIZE)
	{
		uint32		found = plan->places[place] - 1;

		entry = &plan->entries[found];
		if (entry->word == word &&
			(is_word || smol_same_slice(entry->slice, in->slices[i])))
			return found;
	}
	if (plan->nentries == plan->max_entries)
		return TOO_MANY;
	entry = &plan->entries[plan->nentries];
	entry->word = word;
	if (!is_word)
		entry->slice = in->slices[i];
	plan->places[place] = (uint16) ++plan->nentries;
	return plan->nentries - 1;
}

/* Find the distinct values, and number rows if asked to. */
static pg_attribute_always_inline bool
find_entries(const SmolColumn *in, DictPlan *plan, bool is_word)
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
		{
			if (find_entry(in, plan, (uint32) ((uint64) in->n * k / SAMPLE),
						   is_word) == TOO_MANY)
				return false;
		}
		if (plan->nentries > SAMPLE - SAMPLE * SAMPLE / (4 * MAX_ENTRIES))
			return false;
	}

	for (uint32 i = 0; i < in->n; i++)
	{
		bool		same = i > 0 &&
			(is_word ? in->words[i] == in->words[i - 1] :
			 in->slices[i].ptr == in->slices[i - 1].ptr &&
			 in->slices[i].len == in->slices[i - 1].len);

		if (!same)
			before = find_entry(in, plan, i, is_word);
		if (before == TOO_MANY)
			return false;
		if (plan->made)
			plan->made[i] = (uint16) before;
	}
	return true;
}

/* The same by numbers, which were given in the order of finding. */
static bool
find_numbered(const SmolColumn *in, DictPlan *plan)
{
	uint32		n = 0;

	for (uint32 i = 0; i < in->n; i++)
	{
		if (in->numbers[i] < n)
			continue;
		Assert(in->numbers[i] == n);
		if (n == plan->max_entries)
			return false;
		plan->entries[n].slice = in->slices[i];
		plan->entries[n].word = smol_first_bytes(in->slices[i]);
		n++;
	}
	plan->nentries = n;
	return true;
}

/* The same by a table of all values that there may be. */
static bool
find_dense(const SmolColumn *in, const SmolFacts *facts, DictPlan *plan)
{
	uint32		range = (uint32) (facts->max - facts->min);
	uint32		nentries = 0;

	/* fours are looked at in sort_entries */
	memset(plan->places, 0, (range + 4) * sizeof(uint16));
	for (uint32 i = 0; i < in->n; i++)
	{
		uint16	   *place = &plan->places[in->words[i] - facts->min];

		nentries += *place == 0;
		*place = 1;
	}
	plan->nentries = nentries;
	return nentries <= plan->max_entries;
}

/* Sort entries into the column that is to be an inner chunk. */
static bool
sort_entries(const SmolColumn *in, const SmolFacts *facts, DictPlan *plan)
{
	bool		is_word = in->lane == SMOL_LANE_WORD;
	const uint64 flip = UINT64CONST(1) << 63;
	int64	   *words = NULL;
	SmolSlice  *slices = NULL;

	if (is_word)
		words = smol_take_scratch(in->scratch, plan->nentries * sizeof(int64));
	else
		slices = smol_take_scratch(in->scratch, plan->nentries * sizeof(SmolSlice));
	if (words == NULL && slices == NULL)
		return false;
	plan->column = *in;
	plan->column.n = plan->nentries;
	plan->column.words = words;
	plan->column.slices = slices;
	plan->column.numbers = NULL;

	if (plan->dense)
	{
		uint32		range = (uint32) (facts->max - facts->min);
		uint16		rank = 0;

		Assert(is_word);

		for (uint32 i = 0; i <= range; i++)
		{
			/* there are most often more places than entries */
			if (i % 4 == 0)
			{
				uint64		four;

				memcpy(&four, &plan->places[i], sizeof(four));
				if (four == 0)
				{
					i += 3;
					continue;
				}
			}
			if (plan->places[i] == 0)
				continue;
			plan->places[i] = rank;
			words[rank++] = facts->min + i;
		}
		return true;
	}

	for (uint32 i = 0; i < plan->nentries; i++)
	{
		plan->keys[i].word = is_word ? plan->entries[i].word ^ flip : plan->entries[i].word;
		plan->keys[i].entry = i;
	}
	sort_entry_keys(plan->keys, plan->nentries, plan->keys + MAX_ENTRIES, plan->entries);
	for (uint32 i = 0; i < plan->nentries; i++)
	{
		uint32		entry = plan->keys[i].entry;

		if (is_word)
			words[i] = (int64) plan->entries[entry].word;
		else
			slices[i] = plan->entries[entry].slice;
		plan->ranks[entry] = (uint16) i;
	}
	return true;
}

/*
 * Takes arrays from the scratch, which the caller gives back.
 */
static void
plan_dict(const SmolColumn *in, const SmolFacts *facts, bool encode, Size limit,
		  DictPlan *plan)
{
	SmolScratch *scratch = in->scratch;
	bool		is_word = in->lane == SMOL_LANE_WORD;
	Size		inner;

	plan->size = SMOL_NO_FIT;
	if (in->n < 2)
		return;
	plan->max_entries = limit_entries(in, limit);
	if (plan->max_entries == 0)
		return;

	plan->dense = is_word &&
		(uint64) facts->max - (uint64) facts->min <
		Min(DENSE_RANGE, (uint64) in->n * DENSE_FACTOR);
	if (plan->dense)
	{
		plan->places = smol_take_scratch(scratch, (DENSE_RANGE + 4) * sizeof(uint16));
		if (plan->places == NULL || !find_dense(in, facts, plan))
			return;
	}
	else
	{
		/* the same room for measuring and encoding, so that both fit or none */
		uint16	   *codes;

		plan->places = smol_take_scratch(scratch, HASH_SIZE * sizeof(uint16));
		plan->entries = smol_take_scratch(scratch, MAX_ENTRIES * sizeof(Entry));
		plan->keys = smol_take_scratch(scratch, 2 * MAX_ENTRIES * sizeof(SortKey));
		plan->ranks = smol_take_scratch(scratch, MAX_ENTRIES * sizeof(uint16));
		codes = smol_take_scratch(scratch, (uint64) in->n * sizeof(uint16));
		if (plan->places == NULL || plan->entries == NULL || plan->keys == NULL ||
			plan->ranks == NULL || codes == NULL)
			return;
		plan->made = encode ? codes : NULL;
		if (!(is_word ? find_entries(in, plan, true) :
			  in->numbers ? find_numbered(in, plan) : find_entries(in, plan, false)))
			return;
		plan->codes = in->numbers ? in->numbers : codes;
	}

	if (!sort_entries(in, facts, plan))
		return;
	inner = smol_measure_inner(&plan->column, is_word ? WORDS_CODECS : BYTES_CODECS,
							   false, limit, &plan->inner);
	if (inner == SMOL_NO_FIT)
		return;
	plan->width = smol_bits_width(plan->nentries - 1);
	plan->size = smol_fit(smol_varint_bytes(plan->nentries) + inner +
						  smol_bits_size(in->n, plan->width));
}

static Size
dict_measure(const SmolColumn *in, SmolFacts *facts, Size limit)
{
	Size		used = smol_scratch_used(in->scratch);
	DictPlan	plan;

	plan_dict(in, facts, false, limit, &plan);
	smol_return_scratch(in->scratch, used);
	return plan.size;
}

static Size
dict_encode(const SmolColumn *in, SmolFacts *facts, uint8 *out, Size cap)
{
	Size		used = smol_scratch_used(in->scratch);
	DictPlan	plan;

	plan_dict(in, facts, true, SMOL_NO_FIT, &plan);
	if (plan.size != SMOL_NO_FIT && plan.size <= cap)
	{
		uint8	   *next = smol_put_varint(out, plan.nentries);
		SmolBitWriter w;

		next = smol_encode_inner(&plan.column, &plan.inner, false, next);
		smol_bits_begin(&w, next, plan.width);
		for (uint32 i = 0; i < in->n && plan.width > 0; i++)
			smol_bits_put(&w, plan.dense ? plan.places[in->words[i] - facts->min] :
						  plan.ranks[plan.codes[i]]);
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
