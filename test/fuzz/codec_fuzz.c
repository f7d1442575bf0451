/*-------------------------------------------------------------------------
 *
 * codec_fuzz.c
 *	  Properties and mutations of the codecs, without a server.
 *
 * usage: codec_fuzz [seed [iterations [round-trips]]]
 *		  codec_fuzz --seeds folder
 *		  codec_fuzz --pack file... >corpus
 *		  codec_fuzz --unpack corpus folder
 *		  codec_fuzz --replay corpus
 *
 * Round trips make a column, encode it with every codec and compare what
 * decode and seek say with the column itself.  Mutations encode a small
 * column, damage it, and ask for nothing but that check, decode and seek stay
 * inside their arrays and end; and that decode works wherever check finds
 * nothing wrong.  Encoded and decoded arrays are allocated at their exact
 * sizes, so that the address sanitizer sees the first byte beyond them.
 *
 * The same seed makes the same run.  The last line counts the properties
 * checked; the exit status is 1 if any failed.
 *
 * Compiled with LIBFUZZER this is what libFuzzer calls: it looks for inputs that
 * take another path through the codecs.  Those that it has found are kept in the
 * file corpus and tried again by every run (--replay).  An input is a column or a
 * chunk (try_input).
 *
 * Copyright (c) 2026, the smol developers
 *
 * IDENTIFICATION
 *	  test/fuzz/codec_fuzz.c
 *
 *-------------------------------------------------------------------------
 */

/* for seek_by_decode, which no codec of today needs */
#include "../../src/codec/codec.c"
#include "../../src/codec/kernels.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* c.h sends these to libpgport, which is not linked */
#undef printf
#undef fprintf
#undef snprintf
#undef qsort

#define MAX_SLICE		2000
#define MAX_COMPLAINTS	20

static uint64 passed = 0;
static uint64 failed = 0;
static uint64 rng_state;
static const char *where = "";
static uint64 where_round;
static volatile uint32 sink;
static uint8 *big_scratch;

/* what Assert calls in a build with assertions */
void
ExceptionalCondition(const char *condition, const char *file, int line)
{
	fprintf(stderr, "assertion failed: %s at %s:%d (%s, round " UINT64_FORMAT ")\n",
			condition, file, line, where, where_round);
	abort();
}

static void
expect(bool ok, const char *what, const SmolChunk *chunk)
{
	if (ok)
	{
		passed++;
		return;
	}
	if (failed++ < MAX_COMPLAINTS)
	{
		fprintf(stderr, "FAILED: %s (%s, round " UINT64_FORMAT ")", what, where, where_round);
		if (chunk != NULL)
			fprintf(stderr, " codec %d lane %d fixed_len %d n %u len %u",
					chunk->codec, (int) chunk->lane, chunk->fixed_len,
					chunk->n, chunk->len);
		fprintf(stderr, "\n");
	}
}

/* splitmix64 */
static uint64
random_bits(void)
{
	uint64		z = (rng_state += UINT64CONST(0x9e3779b97f4a7c15));

	z = (z ^ (z >> 30)) * UINT64CONST(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64CONST(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

/* 0 to n - 1 */
static uint32
random_below(uint64 n)
{
	return (uint32) (random_bits() % n);
}

static uint64
random_of_width(int width)
{
	return width == 0 ? 0 : random_bits() >> (64 - width);
}

static void *
allocate(Size bytes)
{
	void	   *p = malloc(bytes);

	if (p == NULL && bytes > 0)
	{
		fprintf(stderr, "out of memory\n");
		exit(2);
	}
	return p;
}

/* The processor's AVX2, if it has it, or C alone, which must do the same. */
static void
use_any_kernel(void)
{
#ifdef SMOL_USE_AVX2
	smol_avx2_state = random_below(2) ? -1 : 0;
#endif
}

/*
 * Columns.
 */
typedef struct Column
{
	SmolColumn	in;
	int64	   *words;
	SmolSlice  *slices;
	uint8	   *bytes;
	SmolScratch scratch;
} Column;

static void
make_words(Column *c, uint32 n)
{
	static const int64 extremes[] = {
		PG_INT64_MIN, PG_INT64_MIN + 1, -1, 0, 1, PG_INT64_MAX - 1, PG_INT64_MAX
	};
	int			kind = random_below(16);
	int			width = random_below(65);
	uint64		step = random_of_width(random_below(65));
	int64		at = (int64) random_of_width(random_below(65));
	uint32		run = 1 + random_below(1 + random_below(3000));

	for (uint32 i = 0; i < n; i++)
	{
		switch (kind)
		{
			case 0:				/* constant */
				break;
			case 1:				/* any bits of a width */
				at = (int64) random_of_width(width);
				break;
			case 2:				/* the same around zero */
				at = (int64) (random_of_width(width) - (random_of_width(width)));
				break;
			case 3:				/* extremes */
				at = extremes[random_below(lengthof(extremes))];
				break;
			case 4:				/* a sequence, which may wrap */
				at = (int64) ((uint64) at + 1);
				break;
			case 5:				/* runs of about the same length */
				if (random_below(run) == 0)
					at = (int64) random_of_width(width);
				break;
			case 6:				/* runs of exactly the same length */
				if (i % run == 0)
					at = (int64) ((uint64) at + 1 + random_of_width(random_below(20)));
				break;
			case 7:				/* a walk */
				at = (int64) ((uint64) at + random_below(1001) - 500);
				break;
			case 8:				/* one outlier */
				at = (i == n / 2) ? (int64) random_bits() : 42;
				break;
			case 9:				/* a sequence of any step, which may wrap */
				at = (int64) ((uint64) at + step);
				break;
			case 10:			/* near a line */
				at = (int64) (step * i + random_of_width(width));
				break;
			case 11:			/* multiples of something */
				at = (int64) (step * random_of_width(width));
				break;
			case 12:			/* gaps */
				at = (int64) ((uint64) at + random_of_width(width % 20));
				break;
			case 13:			/* gaps, and now and then a jump */
				if (random_below(100) == 0)
					at = (int64) ((uint64) at + random_of_width(random_below(65)) * (1 - 2 * random_below(2)));
				at = (int64) ((uint64) at + (step % 1000) * random_of_width(width % 20));
				break;
			case 15:			/* near one end, but for a few */
				at = (int64) (random_below(20) ? step + random_of_width(width / 3) :
							  run % 2 ? step + random_of_width(width) : step - random_of_width(width));
				break;
			case 14:			/* few values */
				at = (int64) (step * (random_bits() % (1 + width * width)) % 1000003);
				break;
		}
		c->words[i] = at;
	}
}

/* Floats, most of which are decimals. */
static void
make_floats(Column *c, uint32 n)
{
	static const double specials[] = {
		0.0, -0.0, INFINITY, -INFINITY, NAN, -NAN, 1.0, -1.0, 0.1, 1e-300, 1e300, 5e-324, 2.2250738585072014e-308,
		9007199254740993.0, 2251799813685247.0, 2251799813685248.0, -2251799813685249.0
	};
	int			exponent = random_below(24);
	int			width = random_below(random_below(2) ? 55 : 24);
	uint32		rarely = 1 + random_below(random_below(2) ? 10 : 1000);
	uint32		run = random_below(3) ? 1 : 1 + random_below(10);
	int64		digits = 0;
	int64		step = random_below(2) ? (int64) random_of_width(10) : 0;
	double		divisor = 1;

	for (int e = 0; e < exponent; e++)
		divisor *= 10;
	for (uint32 i = 0; i < n; i++)
	{
		double		value;
		float		single;
		uint64		bits;

		if (random_below(run) == 0)
			digits = (int64) random_of_width(width) - (int64) random_of_width(width);
		value = (double) (digits + step * i) / divisor;
		if (random_below(rarely) == 0)
			value = specials[random_below(lengthof(specials))];
		memcpy(&bits, &value, sizeof(bits));
		if (random_below(rarely) == 0)
			bits = random_bits();
		if (random_below(rarely) == 0)
			bits |= UINT64CONST(0x7ff) << 52;	/* NaN of any payload */
		if (random_below(rarely) == 0)
			bits &= ~(UINT64CONST(0x7ff) << 52);	/* denormal */
		memcpy(&value, &bits, sizeof(value));
		c->words[i] = (int64) bits;
		if (c->in.hint == SMOL_HINT_FLOAT4)
		{
			uint32		low;

			single = (float) value;
			memcpy(&low, &single, sizeof(low));
			if (random_below(rarely) == 0)
				low = (uint32) bits;
			c->words[i] = (int64) low;
		}
	}
}

static void
make_slices(Column *c, uint32 n, uint16 fixed_len, uint32 max_len)
{
	int			kind = random_below(8);
	uint32		run = 1 + random_below(1 + random_below(500));
	uint32		alphabet = 1 + random_below(random_below(2) ? 256 : 3 + random_below(60));
	uint32		gaps = random_below(4) == 0 ? 1 + random_below(256 / alphabet) : 1;
	uint32		same = random_below(max_len + 1);
	uint32		least = random_below(3) == 0 ? max_len : random_below(max_len + 1);
	uint64		pool_size = (uint64) n * max_len;
	uint64		number = random_bits();
	uint8	   *next;

	c->bytes = allocate(pool_size);
	next = c->bytes;
	for (uint32 i = 0; i < n; i++)
	{
		SmolSlice	slice;
		bool		repeat = i > 0;

		switch (kind)
		{
			case 0:				/* constant */
				break;
			case 1:				/* any */
			case 4:				/* that begin in the same way */
			case 5:				/* that share more or less with the one before */
			case 6:				/* numbers in text */
			case 7:				/* numbers, the least significant byte first */
				repeat = false;
				break;
			default:			/* runs */
				repeat = repeat && random_below(run) != 0;
				break;
		}
		slice.len = fixed_len > 0 ? fixed_len : least + random_below(max_len - least + 1);
		slice.ptr = next;
		if (repeat)
		{
			slice = c->slices[i - 1];
			/* equal bytes elsewhere are equal */
			if (kind == 3)
			{
				if (slice.len > 0)
					memcpy(next, slice.ptr, slice.len);
				slice.ptr = next;
				next += slice.len;
			}
		}
		else
		{
			uint32		share = 0;
			uint64		digits = number;

			if (i > 0 && kind == 4)
				share = Min(same, Min(c->slices[i - 1].len, slice.len));
			else if (i > 0 && kind == 5)
				share = random_below(Min(c->slices[i - 1].len, slice.len) + 1);
			if (share > 0)
				memcpy(next, c->slices[i - 1].ptr, share);
			number += random_below(run + 1);
			for (uint32 k = 0; k < slice.len; k++)
			{
				if (kind == 6)
				{
					next[slice.len - 1 - k] = (uint8) ('0' + digits % 10);
					digits /= 10;
				}
				else if (kind == 7)
				{
					next[k] = (uint8) digits;
					digits >>= 8;
				}
				else if (k >= share)
					next[k] = (uint8) (256 - gaps * (1 + random_below(alphabet)));
			}
			next += slice.len;
		}
		if (slice.len == 0 && random_below(2) == 0)
			slice.ptr = NULL;
		c->slices[i] = slice;
	}
	Assert(next <= c->bytes + pool_size);
}

static void
make_column(Column *c, uint32 n)
{
	memset(c, 0, sizeof(*c));
	c->in.n = n;

	/* mostly enough, sometimes scarce, sometimes none */
	c->scratch.size = SMOL_SCRATCH_SIZE;
	c->scratch.data = big_scratch;
	if (random_below(8) == 0)
	{
		c->scratch.size = random_of_width(random_below(18));
		c->scratch.data = allocate(c->scratch.size);
	}
	if (random_below(50))
		c->in.scratch = &c->scratch;
	if (random_below(2) == 0)
	{
		c->in.lane = SMOL_LANE_WORD;
		c->words = allocate(n * sizeof(int64));
		c->in.words = c->words;
		c->in.hint = random_below(3) ? SMOL_HINT_NONE :
			random_below(2) ? SMOL_HINT_FLOAT4 : SMOL_HINT_FLOAT8;
		if (c->in.hint != SMOL_HINT_NONE && random_below(5))
			make_floats(c, n);
		else
			make_words(c, n);
	}
	else
	{
		uint32		max_len;

		c->in.lane = SMOL_LANE_BYTES;
		c->slices = allocate(n * sizeof(SmolSlice));
		c->in.slices = c->slices;
		if (random_below(2) == 0)
		{
			static const uint16 lens[] = {1, 2, 3, 8, 16, 64};

			c->in.fixed_len = n < 200 && random_below(10) == 0 ?
				1 + random_below(MAX_SLICE) : lens[random_below(lengthof(lens))];
			max_len = c->in.fixed_len;
		}
		else
		{
			/* mostly no more than fits, since PLAIN refuses the rest */
			max_len = Min(100000 / n, MAX_SLICE);
			max_len = random_below(1 + max_len);
		}
		make_slices(c, n, c->in.fixed_len, max_len);
	}
}

static void
free_column(Column *c)
{
	free(c->words);
	free(c->slices);
	free(c->bytes);
	if (c->scratch.data != big_scratch)
		free(c->scratch.data);
}

/* What decoding n values of a chunk writes to, of exactly the size it may take. */
static SmolVec
allocate_vec(const SmolChunk *chunk, uint32 n)
{
	SmolVec		vec = {.words = NULL};

	if (chunk->lane == SMOL_LANE_WORD)
		vec.words = allocate(n * sizeof(int64));
	else
	{
		Size		size = smol_arena_size(chunk, n);

		expect(size <= (Size) n * SMOL_MAX_ARENA_WIDTH, "arena is small", chunk);
		vec.slices = allocate(n * sizeof(SmolSlice));
		if (size > 0)
			vec.arena = allocate(size);
	}
	return vec;
}

static void
free_vec(SmolVec *vec)
{
	free(vec->words);
	free(vec->slices);
	free(vec->arena);
}

static bool
same_slices(SmolSlice a, SmolSlice b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

static bool
slice_within(SmolSlice slice, const uint8 *data, Size len)
{
	return slice.ptr >= data && slice.len <= len &&
		(Size) (slice.ptr - data) <= len - slice.len;
}

/* In the chunk, or in the arena if the codec has one. */
static bool
slice_is_valid(SmolSlice slice, const SmolChunk *chunk, const SmolVec *vec, uint32 n)
{
	if (slice_within(slice, chunk->data, chunk->len))
		return true;
	return vec->arena != NULL && slice_within(slice, vec->arena, smol_arena_size(chunk, n));
}

/*
 * Keys.
 */
typedef struct KeyArg
{
	bool		descending;
	SmolLane	lane;
	int64		word;
	SmolSlice	slice;
	const SmolChunk *chunk;		/* slices must lie in it, unless NULL */
	bool		out_of_chunk;
} KeyArg;

static int
compare_slices(SmolSlice a, SmolSlice b)
{
	uint32		len = Min(a.len, b.len);
	int			cmp = len == 0 ? 0 : memcmp(a.ptr, b.ptr, len);

	return cmp != 0 ? cmp : (a.len > b.len) - (a.len < b.len);
}

static int
order(const void *arg, int64 word, SmolSlice slice)
{
	KeyArg	   *key = unconstify(void *, arg);
	int			cmp;

	if (key->lane == SMOL_LANE_WORD)
		cmp = (word > key->word) - (word < key->word);
	else
	{
		/* where the arena of a search is, only the address sanitizer knows */
		if (key->chunk != NULL && smol_arena_size(key->chunk, 1) == 0 &&
			!slice_within(slice, key->chunk->data, key->chunk->len))
		{
			key->out_of_chunk = true;
			return 0;
		}
		for (uint32 i = 0; i < slice.len; i++)
			sink += slice.ptr[i];
		cmp = compare_slices(slice, key->slice);
	}
	return key->descending ? -cmp : cmp;
}

static int
ascending_words(const void *a, const void *b)
{
	int64		x = *(const int64 *) a;
	int64		y = *(const int64 *) b;

	return (x > y) - (x < y);
}

static int
ascending_slices(const void *a, const void *b)
{
	return compare_slices(*(const SmolSlice *) a, *(const SmolSlice *) b);
}

static void
sort_column(Column *c, bool descending)
{
	uint32		n = c->in.n;

	if (c->in.lane == SMOL_LANE_WORD)
	{
		qsort(c->words, n, sizeof(int64), ascending_words);
		for (uint32 i = 0; descending && i < n / 2; i++)
		{
			int64		swap = c->words[i];

			c->words[i] = c->words[n - 1 - i];
			c->words[n - 1 - i] = swap;
		}
	}
	else
	{
		qsort(c->slices, n, sizeof(SmolSlice), ascending_slices);
		for (uint32 i = 0; descending && i < n / 2; i++)
		{
			SmolSlice	swap = c->slices[i];

			c->slices[i] = c->slices[n - 1 - i];
			c->slices[n - 1 - i] = swap;
		}
	}
}

static uint32
seek_linear(const SmolColumn *in, uint32 first, uint32 n, const KeyArg *key,
			SmolBound bound)
{
	SmolSlice	none = {NULL, 0};

	for (uint32 i = first; i < first + n; i++)
	{
		int			cmp = order(key, in->lane == SMOL_LANE_WORD ? in->words[i] : 0,
								in->lane == SMOL_LANE_BYTES ? in->slices[i] : none);

		if (bound == SMOL_BOUND_UPPER ? cmp > 0 : cmp >= 0)
			return i;
	}
	return first + n;
}

/* A range, empty and whole ones included. */
static void
random_range(uint32 n, uint32 *first, uint32 *count)
{
	*first = random_below((uint64) n + 1);
	*count = random_below((uint64) n - *first + 1);
	switch (random_below(8))
	{
		case 0:
			*first = 0;
			*count = n;
			break;
		case 1:
			*first = random_below(n);
			*count = 1;
			break;
		case 2:
			n = random_below(20);	/* Min evaluates its arguments twice */
			*count = Min(*count, n);
			break;
	}
}

/*
 * Round trips.
 */
static void
check_decode(const SmolColumn *in, const SmolChunk *chunk, uint32 first, uint32 n)
{
	SmolVec		vec = allocate_vec(chunk, n);
	bool		ok;
	bool		same = true;

	use_any_kernel();
	ok = smol_decode_chunk(chunk, first, n, &vec);
	expect(ok, "decode succeeds", chunk);
	for (uint32 i = 0; ok && same && i < n; i++)
	{
		if (in->lane == SMOL_LANE_WORD)
			same = vec.words[i] == in->words[first + i];
		else
			same = slice_is_valid(vec.slices[i], chunk, &vec, n) &&
				same_slices(vec.slices[i], in->slices[first + i]);
	}
	expect(same, "decode gives what was encoded", chunk);
	free_vec(&vec);
}

static void
check_seek(const SmolColumn *in, const SmolChunk *chunk, bool descending)
{
	KeyArg		arg = {.descending = descending,.lane = in->lane,.chunk = NULL};
	KeyArg		chunk_arg;
	SmolKey		key = {.order = order,.arg = &chunk_arg};
	uint8		bytes[4];
	uint32		first;
	uint32		n;
	uint32		row = random_below(in->n);

	random_range(in->n, &first, &n);
	if (in->lane == SMOL_LANE_WORD)
	{
		static const int64 extremes[] = {PG_INT64_MIN, PG_INT64_MAX, 0};

		switch (random_below(4))
		{
			case 0:
				arg.word = extremes[random_below(lengthof(extremes))];
				break;
			case 1:
				arg.word = (int64) random_bits();
				break;
			case 2:
				arg.word = in->words[row];
				break;
			case 3:
				arg.word = (int64) ((uint64) in->words[row] + random_below(3) - 1);
				break;
		}
	}
	else if (random_below(2) == 0)
		arg.slice = in->slices[row];
	else
	{
		for (int i = 0; i < (int) sizeof(bytes); i++)
			bytes[i] = (uint8) (255 - random_below(4));
		arg.slice.ptr = bytes;
		arg.slice.len = random_below(sizeof(bytes) + 1);
	}
	chunk_arg = arg;
	chunk_arg.chunk = chunk;

	for (SmolBound bound = SMOL_BOUND_LOWER; bound <= SMOL_BOUND_UPPER; bound++)
	{
		uint32		right = seek_linear(in, first, n, &arg, bound);

		key.direct = false;
		expect(smol_seek_chunk(chunk, first, n, &key, bound) == right,
			   "seek with a callback", chunk);
		expect(seek_by_decode(chunk, first, n, &key, bound) == right,
			   "seek by decode", chunk);
		expect(!chunk_arg.out_of_chunk, "seek compares slices of the chunk", chunk);
		if (in->lane == SMOL_LANE_WORD)
		{
			key.direct = true;
			key.descending = descending;
			key.word = arg.word;
			expect(smol_seek_chunk(chunk, first, n, &key, bound) == right,
				   "seek with a direct key", chunk);
			expect(seek_by_decode(chunk, first, n, &key, bound) == right,
				   "seek by decode with a direct key", chunk);
		}
	}
}

/*
 * Number the strings of a column as a packer does.  Leaves the column without
 * numbers if there are too many.
 */
static void
number_strings(SmolColumn *in, uint16 *numbers)
{
	static SmolNumbers table;

	smol_reset_numbers(&table);
	for (uint32 i = 0; i < in->n; i++)
	{
		uint32		number = smol_find_number(&table, in->slices[i]);

		if (number == SMOL_NO_NUMBER)
		{
			number = smol_add_number(&table, in->slices[i]);
			if (number == SMOL_NO_NUMBER)
				return;
			expect(number == table.n - 1, "numbers are given in order", NULL);
		}
		else
			expect(smol_same_slice(in->slices[i], table.strings[number]),
				   "strings of a number are the same", NULL);
		numbers[i] = (uint16) number;
	}
	in->numbers = numbers;
}

/* A dictionary is the same whether strings have numbers or not. */
static void
check_string_numbers(SmolColumn in)
{
	uint16	   *numbers = allocate(in.n * sizeof(uint16));
	Size		without = smol_measure_column(&in, SMOL_CODEC_DICT);
	Size		with;

	number_strings(&in, numbers);
	with = smol_measure_column(&in, SMOL_CODEC_DICT);
	if (in.numbers && without != SMOL_NO_FIT)
	{
		uint8	   *a = allocate(without);
		uint8	   *b = allocate(without);

		expect(with == without, "numbers don't change sizes", NULL);
		smol_encode_column(&in, SMOL_CODEC_DICT, a, without);
		in.numbers = NULL;
		smol_encode_column(&in, SMOL_CODEC_DICT, b, without);
		expect(memcmp(a, b, without) == 0, "numbers don't change bytes", NULL);
		free(a);
		free(b);
	}
	free(numbers);
}

/*
 * A column in pieces, as pages are filled: whatever was chosen for one piece, the
 * next one comes back.
 */
static void
check_pieces(const SmolColumn *in)
{
	static uint8 room[1 << 20];
	SmolChoice	choice = {0};
	uint16	   *numbers = allocate(in->n * sizeof(uint16));

	for (uint32 at = 0; at < in->n;)
	{
		SmolColumn	piece = *in;
		SmolChunk	chunk = {.lane = in->lane,.fixed_len = in->fixed_len};
		Size		size;
		uint8	   *data;

		chunk.n = piece.n = 1 + random_below(in->n - at);
		if (in->lane == SMOL_LANE_WORD)
			piece.words += at;
		else
			piece.slices += at;
		if (in->lane == SMOL_LANE_BYTES && random_below(2))
			number_strings(&piece, numbers);
		if (random_below(8) == 0)
			smol_encode_chosen(&piece, &choice, NULL, 0);
		size = smol_encode_chosen(&piece, &choice, room, sizeof(room));
		expect(in->scratch == NULL || in->scratch->used == 0,
			   "scratch is given back by a choice", NULL);
		if (size > sizeof(room))
			break;
		chunk.data = data = allocate(size);
		memcpy(data, room, size);
		chunk.len = size;
		chunk.codec = choice.codec;
		expect(smol_check_chunk(&chunk) == NULL, "what is encoded as chosen is sound", &chunk);
		check_decode(&piece, &chunk, 0, chunk.n);
		free(data);
		if (random_below(4) > 0)
			smol_wear_choice(&choice);
		at += piece.n;
	}
	free(numbers);
}

/* Every codec on a column, which is freed. */
static void
round_trip(Column c, bool sorted, bool descending)
{
	uint32		n = c.in.n;
	Size		best = SMOL_NO_FIT;
	Size		chosen_size;
	uint8		chosen;

	if (sorted)
		sort_column(&c, descending);

	use_any_kernel();
	check_pieces(&c.in);
	if (c.in.lane == SMOL_LANE_BYTES)
		check_string_numbers(c.in);
	chosen = smol_choose_codec(&c.in, &chosen_size);
	for (uint8 id = 0; id < SMOL_NUM_CODECS; id++)
	{
		Size		size = smol_measure_column(&c.in, id);
		uint8	   *data;
		SmolChunk	chunk = {.lane = c.in.lane,.fixed_len = c.in.fixed_len,
		.codec = id,.n = n};

		best = Min(best, size);
		if (id == chosen)
			expect(size == chosen_size, "the chooser's size is the codec's", NULL);
		if (size == SMOL_NO_FIT)
		{
			expect(smol_encode_column(&c.in, id, NULL, 0) == SMOL_NO_FIT,
				   "what does not fit is not encoded", NULL);
			continue;
		}
		data = allocate(size);
		chunk.data = data;
		chunk.len = size;
		expect(size == 0 || smol_encode_column(&c.in, id, NULL, size - 1) == SMOL_NO_FIT,
			   "encode keeps to its cap", &chunk);
		expect(smol_encode_column(&c.in, id, data, size) == size, "measure is exact", &chunk);
		expect(smol_check_chunk(&chunk) == NULL, "what is encoded is sound", &chunk);

		check_decode(&c.in, &chunk, 0, n);
		for (int i = 0; i < (n > 10000 ? 10 : 4); i++)
		{
			uint32		first;
			uint32		count;

			random_range(n, &first, &count);
			check_decode(&c.in, &chunk, first, count);
		}
		for (int i = 0; sorted && i < 4; i++)
			check_seek(&c.in, &chunk, descending);

		/* one byte less or more is not sound */
		chunk.len--;
		expect(smol_check_chunk(&chunk) != NULL, "check finds a byte missing", &chunk);
		data = allocate(size + 1);
		memcpy(data, chunk.data, size);
		data[size] = 0;
		free(unconstify(uint8 *, chunk.data));
		chunk.data = data;
		chunk.len = size + 1;
		expect(smol_check_chunk(&chunk) != NULL, "check finds a byte too many", &chunk);
		free(data);
	}
	expect(chosen_size == best, "the chooser takes the least", NULL);
	expect(c.scratch.used == 0, "scratch is given back", NULL);
	free_column(&c);
}

static uint32
random_n(uint64 round)
{
	/* the sanitizers are slow: big ones are rare */
	if (round % 500 == 100)
		return 100000 + random_below(1000);
	if (round % 5000 == 200)
		return (1 << 20) + random_below(1000);
	switch (random_below(8))
	{
		case 0:
			return 1;
		case 1:
			return 1 + random_below(3000);
		case 2:
			return 1 + random_below(300);
		default:
			return 1 + random_below(100);
	}
}

/* Every width, every first value and count, at every end of the stream. */
static void
check_bitpack(void)
{
	where = "bitpack";
	for (int width = 0; width <= 64; width++)
	{
		uint32		n = 150;
		uint64		size = smol_bits_size(n, width);
		uint8	   *bits = allocate(size);
		uint64		values[150];
		int64	   *out;
		uint64		base = random_bits();
		SmolBitWriter w;
		bool		same = true;

		smol_bits_begin(&w, bits, width);
		for (uint32 i = 0; i < n; i++)
		{
			values[i] = random_of_width(width);
			smol_bits_put(&w, values[i]);
		}
		expect(smol_bits_finish(&w) == bits + size, "bits_size is exact", NULL);

		/* by the definition */
		for (uint32 i = 0; i < n; i++)
		{
			uint64		value = 0;

			for (int b = 0; b < width; b++)
			{
				uint64		at = (uint64) i * width + b;

				value |= (uint64) (bits[at / 8] >> (at % 8) & 1) << b;
			}
			same &= value == values[i];
		}
		expect(same, "bits lie where they should", NULL);

		for (uint32 first = 0; first <= n; first++)
		{
			for (uint32 count = 0; count <= n - first; count++)
			{
				/* the shortest stream that has the values */
				Size		nbytes = smol_bits_size(first + count, width);
				uint8	   *copy = allocate(nbytes);

				if (nbytes > 0)
					memcpy(copy, bits, nbytes);
				out = allocate(count * sizeof(int64));
				use_any_kernel();
				smol_bits_unpack(copy, nbytes, width, first, count, base, out);
				same = true;
				for (uint32 i = 0; i < count; i++)
				{
					same &= (uint64) out[i] == base + values[first + i];
					same &= smol_bits_get(copy, nbytes, width, first + i) == values[first + i];
				}
				expect(same, "bits unpack", NULL);

				/* the other kinds, now and then */
				if ((first + count) % 16 == 0 || count == n - first)
				{
					uint64		step = random_bits();
					uint64		scale = random_of_width(random_below(2) ? 64 : 32);
					int			shift = random_below(2) * 16;
					uint64		sum = base;

					smol_bits_unpack_scaled(copy, nbytes, width, first, count, base, scale, out);
					same = true;
					for (uint32 i = 0; i < count; i++)
						same &= (uint64) out[i] == base + scale * values[first + i];
					expect(same, "bits unpack scaled", NULL);
					smol_bits_unpack_sums(copy, nbytes, width, first, count, base, step, scale, out);
					for (uint32 i = 0; i < count; i++)
					{
						sum += step + scale * values[first + i];
						same &= (uint64) out[i] == sum;
					}
					expect(same, "bits unpack as sums", NULL);
					smol_bits_unpack_line(copy, nbytes, width, first, count, base, step, shift, out);
					for (uint32 i = 0; i < count; i++)
						same &= (uint64) out[i] == base + values[first + i] +
							(uint64) ((int64) (step * (first + i)) >> shift);
					expect(same, "bits unpack above a line", NULL);
				}
				free(out);
				free(copy);
			}
		}
		free(bits);
	}
}

/* All kernels make the same of the same bits. */
static void
check_kernels(void)
{
#ifdef SMOL_USE_AVX2
	where = "kernels";
	for (where_round = 0; where_round < 2000; where_round++)
	{
		int			width = random_below(65);
		uint32		first = random_below(300);
		uint32		n = random_below(random_below(4) ? 100 : 2000);
		Size		nbytes = smol_bits_size(first + n, width);
		uint8	   *bits = allocate(nbytes);
		int64	   *out[2];
		uint64		base = random_bits();
		uint64		step = random_of_width(random_below(65));
		uint64		scale = random_of_width(random_below(65));
		int			shift = random_below(64);

		for (Size i = 0; i < nbytes; i++)
			bits[i] = (uint8) random_bits();
		for (int i = 0; i < 2; i++)
			out[i] = allocate(n * sizeof(int64));
		for (int kind = 0; kind < 4; kind++)
		{
			for (int i = 0; i < 2; i++)
			{
				smol_avx2_state = i - 1;
				switch (kind)
				{
					case 0:
						smol_bits_unpack(bits, nbytes, width, first, n, base, out[i]);
						break;
					case 1:
						smol_bits_unpack_scaled(bits, nbytes, width, first, n, base, scale, out[i]);
						break;
					case 2:
						smol_bits_unpack_sums(bits, nbytes, width, first, n, base, step, scale, out[i]);
						break;
					case 3:
						smol_bits_unpack_line(bits, nbytes, width, first, n, base, step, shift, out[i]);
						break;
				}
			}
			expect(n == 0 || memcmp(out[0], out[1], n * sizeof(int64)) == 0, "kernels agree", NULL);
		}
		for (int i = 0; i < 2; i++)
			free(out[i]);
		free(bits);
	}
#endif
}

/* The float that a word is. */
static double
float_of(int64 word, bool is_float4)
{
	uint32		bits = (uint32) word;
	float		f;
	double		d;

	memcpy(&f, &bits, sizeof(f));
	memcpy(&d, &word, sizeof(d));
	return is_float4 ? (double) f : d;
}

/* a < b, where NaN is the greatest */
static bool
float_less(double a, double b)
{
	return !isnan(a) && (isnan(b) || a < b);
}

/*
 * Loops over vectors, in C and with AVX2: against the same said in plain words.
 */
static void
check_vectors(void)
{
	where = "vectors";
	for (where_round = 0; where_round < 4000; where_round++)
	{
		uint32		n = 1 + random_below(random_below(4) ? 100 : 1024);
		int			width = random_below(65);
		int64	   *words = allocate(n * sizeof(int64));
		uint8	   *old = allocate(n);
		uint8	   *match = allocate(n);
		uint16	   *selection = allocate((n + 7) / 8 * 8 * sizeof(uint16));
		bool		special = random_below(3) == 0;
		int64		low;
		int64		high;

		for (uint32 i = 0; i < n; i++)
		{
			words[i] = (int64) random_of_width(width);
			if (random_below(2))
				words[i] = (int64) -(uint64) words[i];
			if (special && random_below(4) == 0)
				words[i] = (int64) (((random_below(2) ? UINT64CONST(0x7FF0) : UINT64CONST(0xFFF0)) +
									 random_below(16)) << (random_below(2) ? 48 : 16));
			old[i] = (uint8) random_below(2);
		}
		low = words[random_below(n)];
		high = random_below(8) ? words[random_below(n)] : PG_INT64_MAX;

#ifdef SMOL_USE_AVX2
		for (smol_avx2_state = -1; smol_avx2_state < 1; smol_avx2_state++)
#endif
		{
			bool		fresh = random_below(2);
			uint32		count = 0;
			int128		sum = 0;
			bool		same = true;

			memcpy(match, old, n);
			smol_match_range(words, n, low, high, fresh, match);
			for (uint32 i = 0; i < n; i++)
				same &= match[i] == (words[i] >= low && words[i] <= high && (fresh || old[i]));
			expect(same, "smol_match_range", NULL);

			expect(smol_list_matches(match, n, selection) == smol_count_matches(match, n),
				   "smol_count_matches", NULL);
			for (uint32 i = 0; i < n; i++)
				if (match[i])
					same &= selection[count++] == i;
			expect(same && count == smol_count_matches(match, n), "smol_list_matches", NULL);

			for (uint32 i = 0; i < n; i++)
				sum += words[i];
			expect(smol_sum_words(words, n) == sum, "smol_sum_words", NULL);

			low = high = words[0];
			for (uint32 i = 0; i < n; i++)
			{
				low = Min(low, words[i]);
				high = Max(high, words[i]);
			}
			expect(smol_min_word(words, n) == low, "smol_min_word", NULL);
			expect(smol_max_word(words, n) == high, "smol_max_word", NULL);

			for (int is_float4 = 0; is_float4 < 2; is_float4++)
			{
				double		least = float_of(smol_min_float(words, n, is_float4), is_float4);
				double		greatest = float_of(smol_max_float(words, n, is_float4), is_float4);
				bool		found = false;

				same = true;
				for (uint32 i = 0; i < n; i++)
				{
					double		value = float_of(words[i], is_float4);

					same &= !float_less(value, least) && !float_less(greatest, value);
					found |= !float_less(least, value);
				}
				expect(same && found, "extreme floats", NULL);
			}
		}
		free(words);
		free(old);
		free(match);
		free(selection);
	}
}

/*
 * Run ends as no encoder writes them, for which ten rows are asked.
 */
static void
check_run_ends(uint32 nruns, const int64 *run_ends, bool sound, bool decodes)
{
	uint8		data[300];
	uint8	   *next = data;
	int64		words[10];
	int64		values[20] = {0};
	SmolVec		vec = {.words = words};
	SmolColumn	ends = {.lane = SMOL_LANE_WORD,.n = nruns,.words = run_ends};
	SmolChunk	chunk = {.lane = SMOL_LANE_WORD,.codec = SMOL_CODEC_RLE,.n = 10,.data = data};
	Size		size = smol_measure_column(&ends, SMOL_CODEC_FOR);

	next = smol_put_varint(next, nruns);
	*next++ = SMOL_CODEC_FOR;
	next = smol_put_varint(next, size);
	next += smol_encode_column(&ends, SMOL_CODEC_FOR, next, size);
	*next++ = SMOL_CODEC_PLAIN;
	memcpy(next, values, nruns * sizeof(int64));
	next += nruns * sizeof(int64);
	chunk.len = next - data;
	expect((smol_check_chunk(&chunk) == NULL) == sound, "check looks at run ends", &chunk);
	expect(smol_decode_chunk(&chunk, 0, 10, &vec) == decodes, "decode looks at run ends", &chunk);
}

static void
check_runs(void)
{
	where = "run ends";
	check_run_ends(3, (int64[]) {2, 5, 10}, true, true);
	check_run_ends(1, (int64[]) {10}, true, true);
	check_run_ends(3, (int64[]) {5, 2, 10}, false, false);
	check_run_ends(3, (int64[]) {5, 5, 10}, false, false);
	check_run_ends(3, (int64[]) {-1, 5, 10}, false, false);
	check_run_ends(3, (int64[]) {2, 5, 9}, false, false);
	check_run_ends(3, (int64[]) {2, 5, 11}, false, false);
	check_run_ends(11, (int64[]) {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}, false, false);
	check_run_ends(3, (int64[]) {0, 5, 10}, false, false);
}

/* Division without division. */
static void
check_dividers(void)
{
	where = "divider";
	for (int i = 0; i < 20000; i++)
	{
		uint64		divisor = random_of_width(random_below(64)) + 1;
		uint64		q = random_bits() % (PG_UINT64_MAX / divisor);
		uint64		other = random_bits() >> random_below(64);
		SmolDivider d;

		smol_init_divider(&d, divisor);
		expect(smol_divides(&d, q * divisor), "a multiple is divided", NULL);
		expect(smol_quotient(&d, q * divisor) == q, "quotient", NULL);
		expect(smol_divides(&d, other) == (other % divisor == 0), "only multiples are", NULL);
	}
}

/* Numbers in headers. */
static void
check_numbers(void)
{
	where = "numbers";
	for (int i = 0; i < 20000; i++)
	{
		uint64		value = random_of_width(random_below(65)) ^ -(uint64) random_below(2);
		int			bytes = smol_int_bytes((int64) value);
		int			tail = random_below(10);
		uint8	   *data = allocate(bytes + tail);
		SmolInput	input = {data, data + bytes + tail};
		uint64		u;
		int64		s;
		uint32		v;

		memset(data, 0xa5, bytes + tail);
		smol_put_number(data, value, bytes);
		expect(smol_get_int(&input, bytes, &s) && s == (int64) value &&
			   input.at == data + bytes, "int comes back", NULL);
		input.at = data;
		input.end = data + bytes - 1;
		expect(bytes == 0 || !smol_get_int(&input, bytes, &s), "int is cut off", NULL);
		free(data);

		bytes = smol_uint_bytes(value);
		data = allocate(bytes + tail);
		memset(data, 0xa5, bytes + tail);
		smol_put_number(data, value, bytes);
		input.at = data;
		input.end = data + bytes + tail;
		expect(smol_get_uint(&input, bytes, &u) && u == value &&
			   input.at == data + bytes, "uint comes back", NULL);
		free(data);

		bytes = smol_varint_bytes((uint32) value);
		data = allocate(bytes);
		expect(smol_put_varint(data, (uint32) value) == data + bytes, "varint's length", NULL);
		input.at = data;
		input.end = data + bytes;
		expect(smol_get_varint(&input, &v) && v == (uint32) value && input.at == input.end,
			   "varint comes back", NULL);
		input.at = data;
		input.end = data + bytes - 1;
		expect(!smol_get_varint(&input, &v), "varint is cut off", NULL);
		free(data);
	}
}

/* Decimals are packed as decimals, and what is none comes back all the same. */
static void
check_floats(void)
{
	static const uint64 others[] = {
		UINT64CONST(0x8000000000000000),	/* -0.0 */
		UINT64CONST(0x7ff0000000000000),	/* infinities */
		UINT64CONST(0xfff0000000000000),
		UINT64CONST(0x7ff8000000000000),	/* NaN: quiet, with payload, signalling */
		UINT64CONST(0xfff8000000000000),
		UINT64CONST(0x7ff8deadbeef1234),
		UINT64CONST(0x7ff0000000000001),
		UINT64CONST(0xfff4000000000001),
		UINT64CONST(0x0000000000000001),	/* denormals */
		UINT64CONST(0x800fffffffffffff),
		UINT64CONST(0x0015555555555555),	/* tiny and huge */
		UINT64CONST(0xffe5555555555555),
	};

	where = "floats";
	for (where_round = 0; where_round < 200; where_round++)
	{
		bool		is_float4 = where_round % 2;
		uint32		nothers = where_round < 100 ? 0 : lengthof(others);
		double		divisor = 1;
		int64		words[1000];
		SmolScratch scratch = {.data = big_scratch,.size = SMOL_SCRATCH_SIZE};
		SmolColumn	in = {
			.lane = SMOL_LANE_WORD,.n = lengthof(words),.words = words,.scratch = &scratch,
			.hint = is_float4 ? SMOL_HINT_FLOAT4 : SMOL_HINT_FLOAT8
		};
		SmolChunk	chunk = {.lane = SMOL_LANE_WORD,.codec = SMOL_CODEC_ALP,.n = in.n};
		Size		size;
		uint8	   *data;
		uint8		chosen;

		/* 17 bits and a sign, whatever the exponent */
		for (int e = where_round / 2 % 13; e > 0; e--)
			divisor *= 10;
		for (uint32 i = 0; i < in.n; i++)
		{
			double		value = ((int64) random_below(1 << 18) - (1 << 17)) / divisor;
			float		single = (float) value;
			uint32		low;

			memcpy(&words[i], &value, sizeof(value));
			if (i % 83 == 82)
				words[i] = (int64) others[i / 83 % Max(nothers, 1)];
			if (i % 83 == 82 && nothers == 0)
				words[i] = 0;
			if (is_float4)
			{
				memcpy(&low, &single, sizeof(low));
				if (i % 83 == 82)
					low = nothers == 0 ? 0 : (uint32) (others[i / 83 % nothers] >> 32) | 1;
				words[i] = (int64) low;
			}
		}
		chosen = smol_choose_codec(&in, &size);
		expect(chosen == SMOL_CODEC_ALP && size < 18 * in.n / 8 + 30 + 10 * nothers,
			   "decimals take the bits of their digits", NULL);
		size = smol_measure_column(&in, SMOL_CODEC_ALP);
		data = allocate(size);
		chunk.data = data;
		chunk.len = size;
		expect(smol_encode_column(&in, SMOL_CODEC_ALP, data, size) == size, "measure is exact", &chunk);
		check_decode(&in, &chunk, 0, in.n);
		for (uint32 i = 0; i < in.n; i++)
			check_decode(&in, &chunk, i, 1);
		free(data);

		in.hint = SMOL_HINT_NONE;
		expect(smol_measure_column(&in, SMOL_CODEC_ALP) == SMOL_NO_FIT,
			   "what is not said to be floats is not taken for them", NULL);
	}
}

/*
 * Mutations.
 */
static uint8 *
mutate(SmolChunk *chunk)
{
	uint32		len = chunk->len;
	uint8	   *data;
	int			changes = random_below(6);

	/* a piece or, rarely, more than there was */
	switch (random_below(8))
	{
		case 0:
			len = random_below((uint64) len + 1);
			break;
		case 1:
			len -= random_below(Min((uint64) len + 1, 4));
			break;
		case 2:
			len += random_below(20);
			break;
	}
	data = allocate(len);
	for (uint32 i = 0; i < len; i++)
		data[i] = i < chunk->len ? chunk->data[i] : (uint8) random_bits();
	chunk->data = data;
	chunk->len = len;

	for (int i = 0; i < changes && len > 0; i++)
	{
		/* half of the time in the first bytes, where the headers are */
		uint32		at = random_below(random_below(2) ? len : Min(len, 24));

		switch (random_below(5))
		{
			case 0:
				data[at] = (uint8) random_bits();
				break;
			case 1:
				data[at] ^= (uint8) (1 << random_below(8));
				break;
			case 2:
				data[at] = random_below(2) ? 0 : 0xff;
				break;
			case 3:
				data[at] += random_below(3) - 1;
				break;
			case 4:				/* a number */
				{
					uint32		number = random_below(2) ? random_below(300) :
						(uint32) random_bits();

					memcpy(data + at, &number, Min(sizeof(number), len - at));
				}
				break;
		}
	}

	switch (random_below(16))
	{
		case 0:
			chunk->n += random_below(5) - 2;
			break;
		case 1:
			chunk->n = (uint32) random_of_width(random_below(33));
			break;
		case 2:
			chunk->codec = random_below(SMOL_NUM_CODECS + 2);
			break;
		case 3:
			chunk->lane = chunk->lane == SMOL_LANE_WORD ? SMOL_LANE_BYTES : SMOL_LANE_WORD;
			break;
		case 4:
			chunk->fixed_len = random_below(3) ? random_below(20) : (uint16) random_bits();
			break;
	}
	return data;
}

/* Returns whether the mutant was found sound. */
static bool
try_mutant(const SmolChunk *chunk)
{
	bool		sound = smol_check_chunk(chunk) == NULL;

	for (int i = 0; i < 4 && chunk->n > 0; i++)
	{
		SmolVec		vec;
		KeyArg		arg = {.lane = chunk->lane,.chunk = chunk};
		SmolKey		key = {.order = order,.arg = &arg};
		SmolBound	bound = random_below(2) ? SMOL_BOUND_LOWER : SMOL_BOUND_UPPER;
		uint32		first;
		uint32		n;
		uint32		found;
		bool		ok;

		use_any_kernel();

		/* all of it, some of it, one */
		random_range(chunk->n, &first, &n);
		if (i == 0)
		{
			first = 0;
			n = chunk->n;
		}
		n = Min(n, 2000);
		vec = allocate_vec(chunk, n);
		ok = smol_decode_chunk(chunk, first, n, &vec);
		if (sound)
			expect(ok, "decode works where check finds nothing wrong", chunk);
		for (uint32 k = 0; ok && k < n; k++)
		{
			if (chunk->lane == SMOL_LANE_WORD)
				sink += (uint32) vec.words[k];	/* the memory sanitizer's */
			else if (!slice_is_valid(vec.slices[k], chunk, &vec, n))
			{
				expect(false, "slices lie in the chunk or the arena", chunk);
				break;
			}
			else if (vec.slices[k].len > 0)
				sink += vec.slices[k].ptr[0] + vec.slices[k].ptr[vec.slices[k].len - 1];
		}
		passed++;

		key.direct = chunk->lane == SMOL_LANE_WORD && random_below(2);
		key.descending = key.direct && random_below(2);
		if (chunk->lane == SMOL_LANE_WORD)
		{
			arg.word = (int64) random_of_width(random_below(65));
			if (ok && n > 0 && random_below(2))
				arg.word = vec.words[random_below(n)];
			key.word = arg.word;
		}
		else if (ok && n > 0)
			arg.slice = vec.slices[random_below(n)];
		if (i > 0)
			random_range(chunk->n, &first, &n);
		found = smol_seek_chunk(chunk, first, n, &key, bound);
		expect((found == SMOL_SEEK_CORRUPT && !sound) || (found >= first && found - first <= n),
			   "seek stays in its range", chunk);
		found = seek_by_decode(chunk, first, n, &key, bound);
		expect((found == SMOL_SEEK_CORRUPT && !sound) || (found >= first && found - first <= n),
			   "seek by decode stays in its range", chunk);
		expect(!arg.out_of_chunk, "seek compares slices of the chunk", chunk);
		free_vec(&vec);
	}
	return sound;
}

/* One column gives some mutants of each codec.  Returns how many were sound. */
static uint64
mutation_round(int mutants)
{
	Column		c;
	uint64		nsound = 0;

	make_column(&c, 1 + random_below(random_below(4) ? 30 : 300));
	for (int i = 0; i < mutants; i++)
	{
		uint8		id = random_below(SMOL_NUM_CODECS);
		Size		size = smol_measure_column(&c.in, id);
		SmolChunk	chunk = {.lane = c.in.lane,.fixed_len = c.in.fixed_len,
		.codec = id,.n = c.in.n};
		uint8	   *data;
		uint8	   *mutant;

		if (size == SMOL_NO_FIT)
		{
			id = chunk.codec = smol_choose_codec(&c.in, &size);
			if (size == SMOL_NO_FIT)
				size = 0;
		}
		data = allocate(size);
		if (size > 0)
			smol_encode_column(&c.in, id, data, size);
		chunk.data = data;
		chunk.len = size;
		mutant = mutate(&chunk);
		nsound += try_mutant(&chunk);
		free(mutant);
		free(data);
	}
	free_column(&c);
	return nsound;
}

/*
 * Inputs of libFuzzer.
 */
#define MAX_INPUT		4096

/* A column's values, one after the other, from the bytes of an input. */
static void
column_from_bytes(Column *c, uint8 kind, uint8 width, const uint8 *data, Size len)
{
	memset(c, 0, sizeof(*c));
	c->scratch.size = SMOL_SCRATCH_SIZE;
	c->scratch.data = big_scratch;
	c->in.scratch = &c->scratch;
	if (kind & 1)
	{
		/* numbers of one to eight bytes, or differences of such */
		int64		sum = 0;

		width = 1 + width % 8;
		c->in.lane = SMOL_LANE_WORD;
		c->in.hint = kind >> 1 & 3;
		if (c->in.hint > SMOL_HINT_FLOAT8)
			c->in.hint = SMOL_HINT_NONE;
		c->in.n = len / width;
		c->in.words = c->words = allocate(c->in.n * sizeof(int64));
		for (uint32 i = 0; i < c->in.n; i++)
		{
			int64		word = 0;

			memcpy(&word, data + i * width, width);
			if (c->in.hint == SMOL_HINT_NONE)
				word = (int64) ((uint64) word << (64 - 8 * width)) >> (64 - 8 * width);
			else if (c->in.hint == SMOL_HINT_FLOAT4)
				word &= 0xffffffff;
			sum = (int64) ((uint64) sum + (uint64) word);
			c->words[i] = (kind & 8) && c->in.hint == SMOL_HINT_NONE ? sum : word;
		}
	}
	else
	{
		/* strings of one length, or with a byte for the length before each */
		c->in.lane = SMOL_LANE_BYTES;
		c->in.fixed_len = kind & 2 ? 1 + width % 64 : 0;
		c->in.slices = c->slices = allocate((len + 1) * sizeof(SmolSlice));
		c->bytes = allocate(len);
		if (len > 0)
			memcpy(c->bytes, data, len);
		for (Size at = 0; at < len;)
		{
			uint32		n = c->in.fixed_len ? c->in.fixed_len : data[at++];

			if (n > len - at)
				break;
			c->slices[c->in.n].ptr = c->bytes + at;
			c->slices[c->in.n++].len = n;
			at += n;
		}
	}
}

/*
 * An input: what it is (bit 0: a chunk), how wide or which codec, a number of
 * rows, and bytes.
 */
static void
try_input(const uint8 *data, Size size)
{
	uint16		n;

	if (size < 4 || size > MAX_INPUT)
		return;
	rng_state = size;
	for (Size i = 0; i < size; i++)
		rng_state = (rng_state ^ data[i]) * UINT64CONST(0x100000001b3);
	n = data[2] | data[3] << 8;
	if (data[0] & 1)
	{
		SmolChunk	chunk = {
			.lane = data[0] & 2 ? SMOL_LANE_WORD : SMOL_LANE_BYTES,
			.fixed_len = data[0] & 2 ? 0 : data[0] >> 2,
			.codec = data[1], .n = n, .len = size - 4
		};
		uint8	   *copy = allocate(size - 4);

		if (size > 4)
			memcpy(copy, data + 4, size - 4);
		chunk.data = copy;
		try_mutant(&chunk);
		free(copy);
	}
	else
	{
		Column		c;

		column_from_bytes(&c, data[0] >> 1, data[1], data + 4, size - 4);
		if (c.in.n > 0)
			round_trip(c, n & 1, n & 2);
		else
			free_column(&c);
	}
}

#ifdef LIBFUZZER
extern int	LLVMFuzzerTestOneInput(const uint8 *data, Size size);

int
LLVMFuzzerTestOneInput(const uint8 *data, Size size)
{
	if (big_scratch == NULL)
		big_scratch = allocate(SMOL_SCRATCH_SIZE);
	where = "input";
	try_input(data, size);
	if (failed > 0)
		abort();
	return 0;
}
#else

static FILE *
open_file(const char *name, const char *mode)
{
	FILE	   *file = fopen(name, mode);

	if (file == NULL)
	{
		perror(name);
		exit(2);
	}
	return file;
}

/* Inputs to begin with: sound chunks of each codec. */
static void
write_seeds(const char *folder)
{
	int			nfiles = 0;

	for (int round = 0; round < 300; round++)
	{
		Column		c;

		make_column(&c, 1 + random_below(60));
		for (uint8 id = 0; id < SMOL_NUM_CODECS; id++)
		{
			Size		size = smol_measure_column(&c.in, id);
			uint8		input[MAX_INPUT];
			char		name[1024];
			FILE	   *file;

			if (size > sizeof(input) - 4 || c.in.fixed_len >= 64)
				continue;
			input[0] = 1 | (c.in.lane == SMOL_LANE_WORD ? 2 : c.in.fixed_len << 2);
			input[1] = id;
			input[2] = (uint8) c.in.n;
			input[3] = 0;
			smol_encode_column(&c.in, id, input + 4, size);
			snprintf(name, sizeof(name), "%s/seed%d", folder, nfiles++);
			file = open_file(name, "wb");
			fwrite(input, 1, 4 + size, file);
			fclose(file);
		}
		free_column(&c);
	}
}

/* Many inputs as one file: two bytes for the length before each. */
static void
pack(int nfiles, char **names)
{
	for (int i = 0; i < nfiles; i++)
	{
		FILE	   *file = open_file(names[i], "rb");
		uint8		data[MAX_INPUT + 1];
		uint16		size = fread(data, 1, sizeof(data), file);

		fclose(file);
		if (size > MAX_INPUT)
			continue;
		putchar(size & 0xff);
		putchar(size >> 8);
		fwrite(data, 1, size, stdout);
	}
}

/* Try all of them, or put each in a file of its own. */
static void
replay(const char *corpus, const char *folder)
{
	FILE	   *file = open_file(corpus, "rb");
	uint8		length[2];

	where = "input";
	for (where_round = 0; fread(length, sizeof(length), 1, file) == 1; where_round++)
	{
		uint8		data[PG_UINT16_MAX];
		uint32		size = length[0] | length[1] << 8;

		if (fread(data, 1, size, file) != size)
		{
			fprintf(stderr, "%s ends too early\n", corpus);
			exit(2);
		}
		if (folder != NULL)
		{
			char		name[1024];
			FILE	   *input;

			snprintf(name, sizeof(name), "%s/" UINT64_FORMAT, folder, where_round);
			input = open_file(name, "wb");
			fwrite(data, 1, size, input);
			fclose(input);
		}
		else
			try_input(data, size);
	}
	fclose(file);
	printf("corpus: " UINT64_FORMAT " inputs\n", where_round);
}

int
main(int argc, char **argv)
{
	uint64		seed = argc > 1 ? strtoull(argv[1], NULL, 0) : 1;
	uint64		iterations = argc > 2 ? strtoull(argv[2], NULL, 0) : 200000;
	uint64		trips = argc > 3 ? strtoull(argv[3], NULL, 0) : iterations / 100;
	uint64		nsound = 0;

	big_scratch = allocate(SMOL_SCRATCH_SIZE);
	if (argc == 3 && strcmp(argv[1], "--seeds") == 0)
	{
		write_seeds(argv[2]);
		return 0;
	}
	if (argc > 2 && strcmp(argv[1], "--pack") == 0)
	{
		pack(argc - 2, argv + 2);
		return 0;
	}
	if (argc == 4 && strcmp(argv[1], "--unpack") == 0)
	{
		replay(argv[2], argv[3]);
		return 0;
	}
	if (argc == 3 && strcmp(argv[1], "--replay") == 0)
	{
		replay(argv[2], NULL);
		printf(UINT64_FORMAT " passed, " UINT64_FORMAT " failed\n", passed, failed);
		return failed == 0 ? 0 : 1;
	}

	rng_state = seed;
	printf("seed " UINT64_FORMAT ": " UINT64_FORMAT " mutations, "
		   UINT64_FORMAT " round trips\n", seed, iterations, trips);

	check_bitpack();
	check_kernels();
	check_vectors();
	printf("bitpack: " UINT64_FORMAT " passed, " UINT64_FORMAT " failed\n", passed, failed);
	fflush(stdout);

	check_runs();
	check_dividers();
	check_numbers();
	check_floats();

	where = "round trip";
	for (where_round = 0; where_round < trips; where_round++)
	{
		Column		c;

		make_column(&c, random_n(where_round));
		round_trip(c, random_below(2), random_below(2));
		if ((where_round + 1) % 2000 == 0)
		{
			printf("round trip " UINT64_FORMAT ": " UINT64_FORMAT " passed, "
				   UINT64_FORMAT " failed\n", where_round + 1, passed, failed);
			fflush(stdout);
		}
	}

	where = "mutation";
	for (where_round = 0; where_round < iterations; where_round++)
	{
		nsound += mutation_round(1);
		if ((where_round + 1) % 200000 == 0)
		{
			printf("mutation " UINT64_FORMAT " (" UINT64_FORMAT " found sound): "
				   UINT64_FORMAT " passed, " UINT64_FORMAT " failed\n",
				   where_round + 1, nsound, passed, failed);
			fflush(stdout);
		}
	}

	printf(UINT64_FORMAT " passed, " UINT64_FORMAT " failed\n", passed, failed);
	return failed == 0 ? 0 : 1;
}
#endif
