/*-------------------------------------------------------------------------
 *
 * codec_bench.c
 *	  What the codecs cost: time per value, the best of some rounds.
 *
 * One column of 1000 rows at a time, which stays in the first-level cache:
 * these are costs of the codecs and not of memory.
 *
 * Copyright (c) 2026, the smol developers
 *
 * IDENTIFICATION
 *	  test/fuzz/codec_bench.c
 *
 *-------------------------------------------------------------------------
 */
#include "codec/smolcodec.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

/* c.h sends these to libpgport, which is not linked */
#undef printf
#undef fprintf
#undef snprintf

#define NROWS	1000
#define ROUNDS	7
#define REPEAT	200

static volatile uint64 sink;
static int64 words[NROWS];
static int64 out_words[NROWS];
static SmolSlice slices[NROWS];
static SmolSlice out_slices[NROWS];
static uint8 bytes[NROWS * 64];
static uint8 data[65536];
static uint32 rows[NROWS];
static uint8 arena[NROWS * SMOL_MAX_ARENA_WIDTH];

void
ExceptionalCondition(const char *condition, const char *file, int line)
{
	fprintf(stderr, "assertion failed: %s at %s:%d\n", condition, file, line);
	abort();
}

static double
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1e9 + t.tv_nsec;
}

static int
compare_words(const void *arg, int64 word, SmolSlice slice)
{
	int64		key = *(const int64 *) arg;

	return (word > key) - (word < key);
}

static int
compare_slices(const void *arg, int64 word, SmolSlice slice)
{
	const SmolSlice *key = arg;
	int			cmp = memcmp(slice.ptr, key->ptr, Min(slice.len, key->len));

	return cmp != 0 ? cmp : (int) slice.len - (int) key->len;
}

/* The best time per value of the statement, which handles NROWS of them. */
#define TIME(result, statement) \
	do { \
		(result) = 1e9; \
		for (int round_ = 0; round_ < ROUNDS; round_++) \
		{ \
			double	start_ = now(); \
			for (int repeat_ = 0; repeat_ < REPEAT; repeat_++) \
			{ \
				statement; \
				__asm__ volatile("" ::: "memory"); \
			} \
			start_ = (now() - start_) / ((double) REPEAT * NROWS); \
			if (start_ < (result)) \
				(result) = start_; \
		} \
	} while (0)

static void
bench(const char *what, uint8 id, const SmolColumn *in)
{
	const SmolCodec *codec = smol_get_codec(id);
	SmolChunk	chunk = {.lane = in->lane,.fixed_len = in->fixed_len,
	.codec = id,.n = in->n,.data = data};
	SmolVec		vec = {.words = out_words,.slices = out_slices,.arena = arena};
	SmolKey		key = {.direct = in->lane == SMOL_LANE_WORD};
	double		measure,
				encode,
				decode,
				single,
				seek,
				callback;

	chunk.len = (uint32) smol_encode_column(in, id, data, sizeof(data));
	if (chunk.len == (uint32) SMOL_NO_FIT)
		return;
	TIME(measure, sink += smol_measure_column(in, id));
	TIME(encode, sink += smol_encode_column(in, id, data, sizeof(data)));
	TIME(decode, sink += smol_decode_chunk(&chunk, 0, NROWS, &vec));
	TIME(single,
		 for (int i = 0; i < NROWS; i++)
		 sink += smol_decode_chunk(&chunk, rows[i], 1, &vec));
	seek = callback = 0;
	if (in->lane == SMOL_LANE_WORD)
	{
		TIME(seek,
			 for (int i = 0; i < NROWS; i++)
			 {
			 key.word = words[rows[i]];
			 sink += smol_seek_chunk(&chunk, 0, NROWS, &key, SMOL_BOUND_LOWER);
			 });
	}
	key.direct = false;
	key.order = in->lane == SMOL_LANE_WORD ? compare_words : compare_slices;
	TIME(callback,
		 for (int i = 0; i < NROWS; i++)
		 {
		 key.arg = in->lane == SMOL_LANE_WORD ? (const void *) &words[rows[i]] : (const void *) &slices[rows[i]];
		 sink += smol_seek_chunk(&chunk, 0, NROWS, &key, SMOL_BOUND_LOWER);
		 });
	printf("%-7s %-22s %6u %8.2f %7.2f %7.2f %8.2f %8.1f %7.1f %7.1f\n",
		   codec->name, what, chunk.len, measure, encode, decode, 1 / decode,
		   single, seek, callback);
}

/* Every codec that can take the column; '*' marks the one that is chosen. */
static void
bench_all(const char *what, const SmolColumn *in)
{
	Size		size;
	uint8		chosen = smol_choose_codec(in, &size);
	double		choose;
	char		name[64];

	TIME(choose, sink += smol_choose_codec(in, &size));
	printf("choose %-22s %6s %8.2f\n", what, "", choose);
	for (uint8 id = 0; id < SMOL_NUM_CODECS; id++)
	{
		snprintf(name, sizeof(name), "%s%s", what, id == chosen ? " *" : "");
		bench(name, id, in);
	}
}

static uint64 random_state = 1;

static uint32
random_below(uint32 n)
{
	random_state = random_state * UINT64CONST(6364136223846793005) + 1442695040888963407;
	return (uint32) ((random_state >> 33) % n);
}

/* Words of some kind, and whether they are sorted (there is no seek otherwise). */
static void
make_words(int kind)
{
	int64		at = 1000000;
	double		number;

	for (int i = 0; i < NROWS; i++)
	{
		switch (kind)
		{
			case 0:				/* a sequence */
				at = 500 + 3 * i;
				break;
			case 1:				/* near a line */
				at = 20 * i + random_below(20);
				break;
			case 2:				/* gaps */
				at += 1 + random_below(39);
				break;
			case 3:				/* seconds as microseconds */
				at += INT64CONST(1000000) * random_below(100);
				break;
			case 4:				/* few values of a wide range */
				at = INT64CONST(123456789) * random_below(50);
				break;
			case 5:				/* small, with outliers */
				at = random_below(100) == 0 ? random_below(1000000000) : random_below(100);
				break;
			case 6:				/* a walk */
				at += (int64) random_below(201) - 100;
				break;
			case 7:				/* floats: prices */
			case 8:				/* and some that are none */
				number = random_below(100000) / 100.0;
				if (kind == 8 && i % 50 == 0)
					number = 1 / number;
				memcpy(&at, &number, sizeof(at));
				break;
			case 9:				/* floats: any */
				number = random_below(1 << 30) / (double) (1 + random_below(1 << 30));
				memcpy(&at, &number, sizeof(at));
				break;
		}
		words[i] = at;
	}
}

/* Strings of some kind, sorted. */
static void
make_strings(int kind)
{
	static const char *const parts[] = {"articles", "img", "products", "users"};
	uint64		at = 0;

	for (int i = 0; i < NROWS; i++)
	{
		char	   *p = (char *) bytes + i * 64;
		uint64		hex = at + ((uint64) i << 54);

		at = random_state;
		switch (kind)
		{
			case 0:
				snprintf(p, 64, "%08d", i * 20 + (int) random_below(20));
				break;
			case 1:
				snprintf(p, 64, "%016llx%016llx", (long long) hex, (long long) (at * 7));
				break;
			case 2:
				snprintf(p, 64, "https://www.example.com/%s/%d/index.html",
						 parts[i * 4 / NROWS], 10000 + i * 80 + (int) random_below(80));
				break;
			case 3:
				snprintf(p, 64, "%c%c%s", 'a' + i * 26 / NROWS, 'a' + i * 26 % NROWS * 26 / NROWS,
						 "entually" + random_below(8));
				break;
		}
		slices[i].ptr = (uint8 *) p;
		slices[i].len = strlen(p);
		(void) random_below(2);
	}
}

int
main(int argc, char **argv)
{
	SmolScratch scratch = {.data = malloc(SMOL_SCRATCH_SIZE),.size = SMOL_SCRATCH_SIZE};
	SmolColumn	in = {.lane = SMOL_LANE_WORD,.n = NROWS,.words = words,.slices = slices,.scratch = &scratch};
	static const int widths[] = {0, 1, 4, 7, 8, 11, 12, 16, 20, 31, 32, 33, 48, 61, 64};
	static const int runs[] = {1, 2, 4, 10, 100, 1000};
	static const char *const kinds[] = {
		"a sequence", "near a line", "gaps of 1 to 39", "whole seconds", "50 values", "outliers", "a walk",
		"prices", "prices, 2 % are none", "floats"
	};
	static const char *const texts[] = {
		"8 digits", "hexadecimal", "urls", "words"
	};
	char		what[64];

	printf("%-7s %-22s %6s %8s %7s %7s %8s %8s %7s %7s\n",
		   "codec", "column", "bytes", "measure", "encode", "decode",
		   "values", "one row", "seek", "seek by");
	printf("%-7s %-22s %6s %8s %7s %7s %8s %8s %7s %7s\n",
		   "", "", "", "ns/value", "ns/val", "ns/val", "per ns",
		   "ns", "ns", "call ns");

	for (int i = 0; i < NROWS; i++)
		rows[i] = random_below(NROWS);

	for (int kind = 0; kind < (int) lengthof(kinds); kind++)
	{
		make_words(kind);
		in.hint = kind >= 7 ? SMOL_HINT_FLOAT8 : SMOL_HINT_NONE;
		bench_all(kinds[kind], &in);
	}

	in.hint = SMOL_HINT_NONE;

	/* ascending from 0 to all ones, so that there is something to seek */
	for (int k = 0; k < (int) lengthof(widths); k++)
	{
		uint64		top = widths[k] == 0 ? 0 : PG_UINT64_MAX >> (64 - widths[k]);

		for (int i = 0; i < NROWS; i++)
			words[i] = i == NROWS - 1 ? (int64) (top + PG_INT64_MIN) :
				(int64) ((uint64) ((double) top / NROWS * i) + PG_INT64_MIN);
		snprintf(what, sizeof(what), "words, width %d", widths[k]);
		if (k == 0)
			bench("words", SMOL_CODEC_PLAIN, &in);
		bench(what, SMOL_CODEC_FOR, &in);
	}
	for (int k = 0; k < (int) lengthof(runs); k++)
	{
		for (int i = 0; i < NROWS; i++)
			words[i] = i / runs[k] * 3;
		snprintf(what, sizeof(what), "words, runs of %d", runs[k]);
		bench(what, SMOL_CODEC_RLE, &in);
	}

	in.lane = SMOL_LANE_BYTES;
	for (int kind = 0; kind < (int) lengthof(texts); kind++)
	{
		make_strings(kind);
		bench_all(texts[kind], &in);
	}
	for (int fixed = 0; fixed <= 1; fixed++)
	{
		in.fixed_len = fixed ? 16 : 0;
		for (int k = 0; k < (int) lengthof(runs); k++)
		{
			for (int i = 0; i < NROWS; i++)
			{
				uint32		value = i / runs[k];
				uint8	   *p = bytes + i * 16;

				memset(p, 'x', 16);
				p[0] = (uint8) (value >> 8);
				p[1] = (uint8) value;
				slices[i].ptr = p;
				slices[i].len = fixed ? 16 : 2 + value % 15;
			}
			snprintf(what, sizeof(what), "%s, runs of %d", fixed ? "16 bytes" : "varying", runs[k]);
			if (k == 0)
				bench(fixed ? "16 bytes" : "varying", SMOL_CODEC_PLAIN, &in);
			bench(what, SMOL_CODEC_RLE, &in);
		}
	}
	return 0;
}
