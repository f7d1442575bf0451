/*-------------------------------------------------------------------------
 *
 * codec_strings.c
 *	  Strings that vary in length, or are long.
 *
 * What all strings of the chunk begin with is stored once.  Of the rest, each
 * byte takes as many bits as it needs to tell the bytes in use apart.  Where
 * neighbours have more in common, as in sorted text, a string is stored as the
 * number of bytes that it shares with the one before, and what follows (front
 * coding), beginning anew every 32 rows: so that is how many strings must be
 * put together to see one of them.
 *
 * Where a string ends is an inner chunk of words.  Strings of one length, whose
 * ends lie on a line, thus spend nothing on them.
 *
 * If none of this saves anything the bytes are stored as they are, and decoded
 * by pointing at them.
 *
 * Copyright (c) 2026, the smol developers
 *
 * IDENTIFICATION
 *	  src/codec/codec_strings.c
 *
 *-------------------------------------------------------------------------
 */
#include "codec/codec_impl.h"

#define ENDS_CODECS		SMOL_SORTED_WORDS
#define SHARED_CODECS	SMOL_CODEC_BIT(SMOL_CODEC_FOR)

/* rows of front coding that depend on one another */
#define BLOCK			32

/* rows decoded at a time: whole blocks */
#define BATCH			128

/* so that to check a chunk takes a while at most: rows may take no bits at all */
#define MAX_ROWS		(1 << 22)

/* in the first byte, besides the width */
#define IS_FRONT		16
#define IS_PACKED		32		/* has a prefix, or front coding, or an
								 * alphabet */

/* neighbours that are looked at before all others */
#define SAMPLE			64

typedef struct StringsPlan
{
	int			flags;
	int			width;			/* of a byte */
	uint32		prefix;			/* bytes that all have in common */
	uint64		stored;			/* bytes, of all strings */
	uint64		used[4];		/* bytes stored */
	uint8		first;			/* the least of them */
	uint8		last;
	int64	   *shared;			/* in the scratch; NULL: no front coding */
	int64	   *ends;
	SmolInner	shared_inner;
	SmolInner	ends_inner;
	Size		size;
} StringsPlan;

typedef struct StringsView
{
	int			flags;
	int			width;
	uint32		max_len;
	uint32		prefix_len;
	const uint8 *prefix;
	SmolChunk	shared;
	SmolChunk	ends;
	const uint8 *bits;
	uint32		nbytes;
	uint64		nstored;		/* that many there may be */
	uint8		symbols[256];
} StringsView;

/* ---- encoding ---- */

static uint32
common_prefix(const SmolColumn *in, uint32 min_len)
{
	uint32		prefix = min_len;

	/* the last one first: in sorted text, it differs soonest */
	for (uint32 i = in->n - 1; i > 0 && prefix > 0; i--)
	{
		if (in->slices[i].ptr != in->slices[0].ptr)
			prefix = smol_common_bytes(in->slices[i].ptr, in->slices[0].ptr, prefix);
	}
	return prefix;
}

/* Bytes behind the prefix that a row shares with the one before. */
static inline uint32
shared_bytes(const SmolColumn *in, uint32 i, uint32 prefix)
{
	SmolSlice	a = in->slices[i - 1];
	SmolSlice	b = in->slices[i];
	uint32		len = Min(a.len, b.len) - prefix;

	/* an empty slice may have any pointer, even a null pointer */
	return len == 0 ? 0 : smol_common_bytes(a.ptr + prefix, b.ptr + prefix, len);
}

/*
 * Front coding is tried if neighbours share a byte, by the look of a few.
 */
static bool
plan_front(const SmolColumn *in, StringsPlan *plan)
{
	uint64		sum = 0;
	uint64		max = 0;

	for (uint32 k = 0; k < SAMPLE; k++)
		sum += shared_bytes(in, 1 + (uint32) ((uint64) (in->n - 1) * k / SAMPLE),
							plan->prefix);
	if (sum < SAMPLE)
		return true;
	plan->shared = smol_take_scratch(in->scratch, (uint64) in->n * sizeof(int64));
	if (plan->shared == NULL)
		return false;
	sum = 0;
	for (uint32 i = 0; i < in->n; i++)
	{
		plan->shared[i] = i % BLOCK == 0 ? 0 : shared_bytes(in, i, plan->prefix);
		max = Max(max, (uint64) plan->shared[i]);
		sum += plan->shared[i];
	}

	/* half of the bits of a byte are sure to be saved */
	if (sum * 4 <= (uint64) in->n * smol_bits_width(max))
		plan->shared = NULL;
	return true;
}

/*
 * Where the bytes end that are stored of each row, and which they are.
 */
static void
plan_bytes(const SmolColumn *in, StringsPlan *plan)
{
	bool		seen[256] = {false};

	plan->stored = 0;
	for (uint32 i = 0; i < in->n; i++)
	{
		SmolSlice	slice = in->slices[i];
		uint32		skip = plan->prefix + (plan->shared ? (uint32) plan->shared[i] : 0);

		for (uint32 j = skip; j < slice.len; j++)
			seen[slice.ptr[j]] = true;
		plan->stored += slice.len - skip;
		plan->ends[i] = (int64) plan->stored;
	}
	smol_make_bits(seen, plan->used);
}

/*
 * Takes arrays from the scratch, which the caller gives back.
 */
static void
plan_strings(const SmolColumn *in, const SmolFacts *facts, Size limit,
			 StringsPlan *plan)
{
	SmolColumn	column;
	uint64		size;
	uint32		max_len = facts->max_len;

	plan->size = SMOL_NO_FIT;
	if (in->lane != SMOL_LANE_BYTES || in->fixed_len > 0 || in->n > MAX_ROWS)
		return;
	plan->ends = smol_take_scratch(in->scratch, (uint64) in->n * sizeof(int64));
	if (plan->ends == NULL)
		return;

	plan->flags = 0;
	plan->width = 8;
	plan->prefix = 0;
	plan->shared = NULL;
	if (max_len <= SMOL_MAX_ARENA_WIDTH && in->n > 1)
	{
		plan->prefix = common_prefix(in, facts->min_len);
		if (!plan_front(in, plan))
			return;
	}
	plan_bytes(in, plan);
	if (plan->stored > PG_UINT32_MAX)
		return;

	if (max_len <= SMOL_MAX_ARENA_WIDTH && plan->stored > 0)
	{
		int			width = smol_bits_width(smol_count_bits(plan->used) - 1);

		plan->first = smol_first_bit(plan->used);
		plan->last = smol_last_bit(plan->used);
		if (width < 8 &&
			smol_alphabet_bytes(plan->first, plan->last) <= plan->stored * (8 - width) / 8)
			plan->width = width;
	}
	if (plan->shared)
		plan->flags |= IS_FRONT;
	if (plan->shared || plan->prefix > 0 || plan->width < 8)
		plan->flags |= IS_PACKED;

	size = 1 + smol_bits_size(plan->stored, plan->width);
	if (plan->flags & IS_PACKED)
		size += smol_varint_bytes(max_len) + smol_varint_bytes(plan->prefix) + plan->prefix;
	if (plan->width < 8)
		size += smol_alphabet_bytes(plan->first, plan->last);
	if (plan->shared)
	{
		column = smol_inner_words(in, plan->shared, in->n);
		size += smol_measure_inner(&column, SHARED_CODECS, false, SMOL_NO_FIT,
								   &plan->shared_inner);
	}
	if (size >= limit)
		return;
	column = smol_inner_words(in, plan->ends, in->n);
	if (smol_measure_inner(&column, ENDS_CODECS, false, limit - size,
						   &plan->ends_inner) == SMOL_NO_FIT)
		return;
	plan->size = smol_fit(size + plan->ends_inner.size);
}

static Size
strings_measure(const SmolColumn *in, SmolFacts *facts, Size limit)
{
	Size		used = smol_scratch_used(in->scratch);
	StringsPlan plan;

	plan_strings(in, facts, limit, &plan);
	smol_return_scratch(in->scratch, used);
	return plan.size;
}

static uint8 *
encode_bytes(const SmolColumn *in, const StringsPlan *plan, uint8 *out)
{
	SmolBitWriter w;
	uint8		ranks[256];
	int			rank = 0;

	for (int b = 0; b < 256; b++)
	{
		ranks[b] = (uint8) rank;
		if (smol_has_bit(plan->used, b))
			rank++;
	}
	smol_bits_begin(&w, out, plan->width);
	for (uint32 i = 0; i < in->n; i++)
	{
		SmolSlice	slice = in->slices[i];
		uint32		j = plan->prefix + (plan->shared ? (uint32) plan->shared[i] : 0);

		if (plan->width == 8)
		{
			for (; j < slice.len; j++)
				smol_bits_put(&w, slice.ptr[j]);
			continue;
		}
		while (j < slice.len)
		{
			uint64		bits = 0;
			int			nbits = 0;

			for (; j < slice.len && nbits < 56; j++, nbits += plan->width)
				bits |= (uint64) ranks[slice.ptr[j]] << nbits;
			smol_bits_put_wide(&w, bits, nbits);
		}
	}
	return smol_bits_finish(&w);
}

static Size
strings_encode(const SmolColumn *in, SmolFacts *facts, uint8 *out, Size cap)
{
	Size		used = smol_scratch_used(in->scratch);
	StringsPlan plan;

	plan_strings(in, facts, SMOL_NO_FIT, &plan);
	if (plan.size != SMOL_NO_FIT && plan.size <= cap)
	{
		uint8	   *next = out;
		SmolColumn	column;

		*next++ = (uint8) (plan.flags | plan.width);
		if (plan.flags & IS_PACKED)
		{
			next = smol_put_varint(next, facts->max_len);
			next = smol_put_varint(next, plan.prefix);
			if (plan.prefix > 0)
				memcpy(next, in->slices[0].ptr, plan.prefix);
			next += plan.prefix;
		}
		if (plan.width < 8)
			next = smol_put_alphabet(next, plan.used, plan.first, plan.last);
		if (plan.shared)
		{
			column = smol_inner_words(in, plan.shared, in->n);
			next = smol_encode_inner(&column, &plan.shared_inner, false, next);
		}
		column = smol_inner_words(in, plan.ends, in->n);
		next = smol_encode_inner(&column, &plan.ends_inner, false, next);
		next = encode_bytes(in, &plan, next);
		Assert(next == out + plan.size);
	}
	else
		plan.size = SMOL_NO_FIT;
	smol_return_scratch(in->scratch, used);
	return plan.size;
}

/* ---- decoding ---- */

/*
 * Read what comes before inner chunks, without the alphabet.
 */
static inline bool
open_header(const SmolChunk *in, SmolInput *input, StringsView *view)
{
	uint8		byte;

	input->at = in->data;
	input->end = in->data + in->len;
	if (in->lane != SMOL_LANE_BYTES || in->fixed_len > 0 ||
		in->n == 0 || in->n > MAX_ROWS ||
		!smol_get_byte(input, &byte) || byte >= 2 * IS_PACKED)
		return false;
	view->flags = byte & ~15;
	view->width = byte & 15;
	view->max_len = PG_UINT32_MAX;
	view->prefix_len = 0;
	if (!(view->flags & IS_PACKED))
		return view->flags == 0 && view->width == 8;

	if (view->width > 8 ||
		!smol_get_varint(input, &view->max_len) ||
		view->max_len > SMOL_MAX_ARENA_WIDTH ||
		!smol_get_varint(input, &view->prefix_len) ||
		view->prefix_len > view->max_len ||
		view->prefix_len > smol_left(input))
		return false;
	view->prefix = input->at;
	input->at += view->prefix_len;
	return true;
}

static bool
open_strings(const SmolChunk *in, StringsView *view)
{
	SmolInput	input;

	if (!open_header(in, &input, view))
		return false;
	if (view->width < 8)
	{
		/* there may be more ranks than symbols */
		memset(view->symbols, 0, sizeof(view->symbols));
		if (smol_get_alphabet(&input, view->symbols) < 0)
			return false;
	}
	if ((view->flags & IS_FRONT) &&
		!smol_open_inner(&input, SHARED_CODECS, false, SMOL_LANE_WORD, 0, in->n,
						 &view->shared))
		return false;
	if (!smol_open_inner(&input, ENDS_CODECS, false, SMOL_LANE_WORD, 0, in->n,
						 &view->ends))
		return false;
	view->bits = input.at;
	view->nbytes = smol_left(&input);
	view->nstored = view->width == 0 ? PG_UINT32_MAX :
		(uint64) view->nbytes * 8 / view->width;
	return true;
}

/* What is known of some rows before their bytes are looked at. */
typedef struct Rows
{
	int64		shared[BATCH];
	int64		ends_room[BATCH + 1];
	int64	   *ends;			/* ends[-1]: of the row before */
} Rows;

/*
 * Load rows, the first of which is the first of a block if there is front
 * coding.  False if anything is out of bounds: after this, all strings can be
 * put together in max_len bytes each.
 */
static bool
load_rows(const StringsView *view, uint32 first, uint32 n, Rows *rows)
{
	SmolVec		vec = {.words = rows->ends_room + (first == 0)};
	bool		front = (view->flags & IS_FRONT) != 0;
	uint64		len = 0;
	bool		wrong = false;

	rows->ends_room[0] = 0;
	rows->ends = rows->ends_room + 1;
	if (!smol_decode_chunk(&view->ends, first - (first > 0), n + (first > 0), &vec))
		return false;
	wrong = rows->ends[-1] < 0 || rows->ends[n - 1] > (int64) view->nstored;
	if (!front)
	{
		for (uint32 i = 0; i < n; i++)
			wrong |= rows->ends[i] < rows->ends[(int64) i - 1] ||
				(uint64) rows->ends[i] - (uint64) rows->ends[(int64) i - 1] >
				view->max_len - view->prefix_len;
		return !wrong;
	}

	Assert(first % BLOCK == 0);
	vec.words = rows->shared;
	if (!smol_decode_chunk(&view->shared, first, n, &vec))
		return false;
	for (uint32 i = 0; i < n && !wrong; i++)
	{
		uint64		shared = (uint64) rows->shared[i];

		/* shared with the row before, which has 'len' bytes */
		if (i % BLOCK == 0)
			len = 0;
		wrong = shared > len || rows->ends[i] < rows->ends[(int64) i - 1];
		len = shared + (uint64) rows->ends[i] - (uint64) rows->ends[(int64) i - 1];
		wrong |= len > view->max_len - view->prefix_len;
	}
	return !wrong;
}

/* Bytes [from, from + n) of those stored. */
static inline void
unpack_bytes(const StringsView *view, uint64 from, uint32 n, uint8 *out)
{
	uint64		at = from * view->width;
	uint64		mask = smol_bits_mask(view->width);
	uint32		batch;

	if (view->width == 8)
	{
		if (n > 0)
			memcpy(out, view->bits + from, n);
		return;
	}
	if (view->width == 0)
	{
		memset(out, view->symbols[0], n);
		return;
	}
	batch = 56 / view->width;
	while (n > 0)
	{
		uint64		byte = at >> 3;
		uint64		bits = 0;
		uint32		now = Min(n, batch);

		if (likely(byte + 8 <= view->nbytes))
			bits = smol_bits_load(view->bits + byte);
		else
		{
			for (uint64 k = byte; k < view->nbytes; k++)
				bits |= (uint64) view->bits[k] << (8 * (k - byte));
		}
		bits >>= at & 7;
		for (uint32 i = 0; i < now; i++, bits >>= view->width)
			out[i] = view->symbols[bits & mask];
		out += now;
		n -= now;
		at += (uint64) now * view->width;
	}
}

/*
 * Put a row's string together.  'before' is the string of the row before, if
 * they share anything, and may be where this one goes.
 */
static inline SmolSlice
make_string(const StringsView *view, const Rows *rows, uint32 i,
			const uint8 *before, uint8 *out)
{
	uint32		len = view->prefix_len;
	int64		start = rows->ends[(int64) i - 1];
	uint32		stored = (uint32) (rows->ends[i] - start);
	SmolSlice	slice = {out, 0};

	if ((view->flags & IS_FRONT) && rows->shared[i] > 0)
	{
		len += (uint32) rows->shared[i];
		if (before != out)
			memcpy(out, before, len);
	}
	else if (len > 0)
		memcpy(out, view->prefix, len);
	unpack_bytes(view, start, stored, out + len);
	slice.len = len + stored;
	return slice;
}

static bool
decode_rows(const StringsView *view, uint32 first, uint32 n, SmolVec *out)
{
	Rows		rows;
	uint8		skipped[SMOL_MAX_ARENA_WIDTH];
	uint8	   *arena = out->arena;
	SmolSlice  *slices = out->slices;
	const uint8 *before = skipped;
	uint32		at = first;
	uint32		end = first + n;

	if (view->flags & IS_FRONT)
		at -= first % BLOCK;
	while (at < end)
	{
		uint32		batch = Min(BATCH - at % BATCH, end - at);

		if (!load_rows(view, at, batch, &rows))
			return false;
		for (uint32 i = 0; i < batch; i++)
		{
			if (at + i < first)
				(void) make_string(view, &rows, i, before, skipped);
			else if (view->flags & IS_PACKED)
			{
				*slices = make_string(view, &rows, i, before, arena);
				before = arena;
				arena += slices->len;
				slices++;
			}
			else
			{
				slices->ptr = view->bits + rows.ends[(int64) i - 1];
				slices->len = (uint32) (rows.ends[i] - rows.ends[(int64) i - 1]);
				slices++;
			}
		}
		at += batch;
	}
	return true;
}

static bool
strings_decode(const SmolChunk *in, uint32 first, uint32 n, SmolVec *out)
{
	StringsView view;

	if (n == 0)
		return true;
	return open_strings(in, &view) && decode_rows(&view, first, n, out);
}

typedef struct SeekState
{
	const StringsView *view;
	uint8		string[SMOL_MAX_ARENA_WIDTH];
} SeekState;

static bool
fetch_first(void *state, uint32 block, int64 *word, SmolSlice *slice)
{
	SeekState  *s = state;
	SmolVec		vec = {.slices = slice,.arena = s->string};

	return decode_rows(s->view, block * BLOCK, 1, &vec);
}

static bool
fetch_decoded(void *state, uint32 i, int64 *word, SmolSlice *slice)
{
	*slice = ((const SmolSlice *) state)[i];
	return true;
}

/*
 * First among the first rows of blocks, then in the block that these leave.
 */
static uint32
strings_seek(const SmolChunk *in, uint32 first, uint32 n,
			 const SmolKey *key, SmolBound bound)
{
	StringsView view;
	SeekState	state;
	SmolSlice	slices[BLOCK];
	uint8		arena[BLOCK * SMOL_MAX_ARENA_WIDTH];
	SmolVec		vec = {.slices = slices,.arena = arena};
	uint32		block;
	uint32		start;
	uint32		end;
	uint32		found;

	if (n == 0)
		return first;
	if (!open_strings(in, &view))
		return SMOL_SEEK_CORRUPT;
	state.view = &view;

	/* the first block, of those after the first, that begins behind the bound */
	block = first / BLOCK;
	found = smol_search(fetch_first, &state, block + 1,
						(first + n - 1) / BLOCK - block, key, bound);
	if (found == SMOL_SEEK_CORRUPT)
		return SMOL_SEEK_CORRUPT;
	block = found - 1;

	start = Max(first, block * BLOCK);
	end = Min(first + n, (block + 1) * BLOCK);
	if (!decode_rows(&view, start, end - start, &vec))
		return SMOL_SEEK_CORRUPT;
	return start + smol_search(fetch_decoded, slices, 0, end - start, key, bound);
}

static Size
strings_arena_size(const SmolChunk *in, uint32 n)
{
	SmolInput	input;
	StringsView view;

	if (!open_header(in, &input, &view) || !(view.flags & IS_PACKED))
		return 0;
	return (Size) n * view.max_len;
}

static const char *
strings_check(const SmolChunk *in)
{
	StringsView view;
	Rows		rows;
	const char *wrong;
	int64		stored = 0;

	if (in->lane != SMOL_LANE_BYTES || in->fixed_len > 0)
		return "strings: not a column of strings that vary in length";
	if (in->n == 0)
		return "strings: no rows";
	if (!open_strings(in, &view))
		return "strings: bad header";
	if ((view.flags & IS_FRONT) && (wrong = smol_check_chunk(&view.shared)) != NULL)
		return wrong;
	if ((wrong = smol_check_chunk(&view.ends)) != NULL)
		return wrong;
	for (uint32 first = 0; first < in->n; first += BATCH)
	{
		uint32		n = Min(BATCH, in->n - first);

		if (!load_rows(&view, first, n, &rows))
			return "strings: slice out of bounds";
		stored = rows.ends[n - 1];
	}
	if (smol_bits_size(stored, view.width) != view.nbytes)
		return "strings: longer than its rows";
	return NULL;
}

const SmolCodec smol_codec_strings = {
	.name = "strings",
	.measure = strings_measure,
	.encode = strings_encode,
	.decode = strings_decode,
	.seek = strings_seek,
	.arena_size = strings_arena_size,
	.check = strings_check,
};
