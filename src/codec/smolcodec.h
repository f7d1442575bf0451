/*-------------------------------------------------------------------------
 *
 * smolcodec.h
 *	  The codec interface: how one column of one page becomes bytes.
 *
 * A codec sees bytes and nothing else: no Relation, no Buffer, no palloc, no
 * elog.  That is why this directory links without a server, and is fuzzed
 * that way (test/fuzz).
 *
 * A column travels in one of two lanes.  WORD columns are arrays of int64:
 * every integer, date, time and the raw bits of floats.  BYTES columns are
 * arrays of slices (pointer and length).  A codec says for each column how
 * many bytes it would take (measure); the chooser takes the least.
 *
 * Corruption: decode, seek and check may be handed any bytes whatsoever.
 * They must never read outside [data, data + len), never write outside the
 * caller's arrays, and always end.  Decoded values are then whatever they
 * are; a page's CRC is what protects values (see format/smolpage.h).
 *
 * Copyright (c) 2026, the smol developers
 *
 * IDENTIFICATION
 *	  src/codec/smolcodec.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef SMOLCODEC_H
#define SMOLCODEC_H

#include "c.h"
#include "port/pg_bswap.h"

typedef enum SmolLane
{
	SMOL_LANE_WORD,				/* int64 values */
	SMOL_LANE_BYTES,			/* slices */
} SmolLane;

/* What a column's words are besides integers, for codecs that make use of it. */
typedef enum SmolHint
{
	SMOL_HINT_NONE = 0,
	SMOL_HINT_FLOAT4 = 1,		/* bits of a float4, zero-extended */
	SMOL_HINT_FLOAT8 = 2,		/* bits of a float8 */
} SmolHint;

/* Some bytes somewhere else: on a page, or in a writer's row buffer. */
typedef struct SmolSlice
{
	const uint8 *ptr;
	uint32		len;
} SmolSlice;

/* As memcmp, but without a call for short strings. */
static inline bool
smol_same_bytes(const uint8 *a, const uint8 *b, uint32 len)
{
	if (len >= sizeof(uint64))
	{
		uint64		x;
		uint64		y;

		memcpy(&x, a, sizeof(x));
		memcpy(&y, b, sizeof(y));
		return x == y &&
			(len == sizeof(x) || memcmp(a + sizeof(x), b + sizeof(x), len - sizeof(x)) == 0);
	}
	for (; len > 0; len--)
	{
		if (*a++ != *b++)
			return false;
	}
	return true;
}

/*
 * The first bytes of a string as a number that sorts as memcmp sorts them;
 * zeros behind a shorter one.
 */
static inline uint64
smol_first_bytes(SmolSlice slice)
{
	const uint8 *p = slice.ptr;
	uint32		len = slice.len;
	uint64		word = 0;
	uint32		head;
	uint32		tail;

	if (len >= sizeof(word))
	{
		memcpy(&word, p, sizeof(word));
		return pg_ntoh64(word);
	}
	if (len >= sizeof(head))
	{
		/* these overlap, and agree where they do */
		memcpy(&head, p, sizeof(head));
		memcpy(&tail, p + len - sizeof(tail), sizeof(tail));
		return (uint64) pg_ntoh32(head) << 32 | (uint64) pg_ntoh32(tail) << (64 - 8 * len);
	}
	if (len > 0)
		word = (uint64) p[0] << 56 | (uint64) p[len / 2] << (56 - 8 * (len / 2)) |
			(uint64) p[len - 1] << (64 - 8 * len);
	return word;
}

/*
 * Room for measure and encode to work in, given by the caller, who may use the
 * same for one column after the other.  What they take from it they give back
 * when they are done.
 */
typedef struct SmolScratch
{
	uint8	   *data;			/* aligned for int64 */
	Size		size;
	Size		used;			/* 0 at first */
} SmolScratch;

/* enough for any page; with less, columns of many rows are packed less well */
#define SMOL_SCRATCH_SIZE	((Size) 1024 * 1024)

/* The input of measure and encode: n values of one column, n >= 1. */
typedef struct SmolColumn
{
	SmolLane	lane;
	SmolHint	hint;			/* WORD */
	uint16		fixed_len;		/* BYTES: length of every slice, 0 if it
								 * varies */
	bool		quick;			/* only codecs that find a value at once */
	uint32		n;
	const int64 *words;			/* WORD */
	const SmolSlice *slices;	/* BYTES */
	const uint16 *numbers;		/* BYTES: of slices, which are the same if
								 * their numbers are; by smol_add_number, or
								 * NULL if not known */
	SmolScratch *scratch;
	struct SmolPicks *picks;	/* codecs of inner chunks; may be NULL */
} SmolColumn;

/*
 * Numbers of distinct strings (codec_numbers.c).
 */
#define SMOL_MAX_NUMBERS	2048
#define SMOL_NO_NUMBER		PG_UINT32_MAX

typedef struct SmolNumbers
{
	uint32		n;
	uint16		places[2 * SMOL_MAX_NUMBERS];	/* by hash: number plus 1 */
	uint64		words[SMOL_MAX_NUMBERS];	/* the first bytes */
	SmolSlice	strings[SMOL_MAX_NUMBERS];

	/* of the string that was not found last */
	uint64		word;
	uint32		place;
} SmolNumbers;

/* An encoded column as it lies on a page. */
typedef struct SmolChunk
{
	SmolLane	lane;
	uint16		fixed_len;
	uint8		codec;			/* index in the codec table */
	uint32		n;				/* rows, as the page says */
	const uint8 *data;			/* no alignment is promised */
	uint32		len;			/* bytes */
} SmolChunk;

/*
 * Where decode puts values: the caller's arrays, with room for as many values
 * as it asks for.  Slices point into the chunk, and live as long as the page
 * stays pinned, or into the arena: some codecs have to put the bytes of a
 * value together first.  It has room for smol_arena_size() bytes; where that
 * is 0 it is not used.
 */
typedef struct SmolVec
{
	int64	   *words;			/* WORD */
	SmolSlice  *slices;			/* BYTES */
	uint8	   *arena;			/* BYTES */
	Size		arena_size;		/* the caller's to know */
} SmolVec;

/* smol_arena_size() for one value is never more than this. */
#define SMOL_MAX_ARENA_WIDTH	2048

/*
 * A search key for seek.  order(arg, word, slice) gives <0, 0, >0 as the
 * value sorts before, with, or after the key in *index* order (DESC already
 * applied).  With 'direct' set the lane is WORD and the order is that of
 * int64, ascending or (descending) reversed: no callback is needed.
 */
typedef struct SmolKey
{
	bool		direct;
	bool		descending;		/* only with direct */
	int64		word;			/* only with direct */
	int			(*order) (const void *arg, int64 word, SmolSlice slice);
	const void *arg;
} SmolKey;

typedef enum SmolBound
{
	SMOL_BOUND_LOWER,			/* first position whose value is >= key */
	SMOL_BOUND_UPPER,			/* first position whose value is > key */
} SmolBound;

#define SMOL_NO_FIT		((Size) -1)

/* what seek returns when it finds the chunk to be corrupt */
#define SMOL_SEEK_CORRUPT	PG_UINT32_MAX

typedef struct SmolFacts SmolFacts; /* codec_impl.h */

typedef struct SmolCodec
{
	const char *name;

	/*
	 * Exact bytes that encode will write, or SMOL_NO_FIT.  May say
	 * SMOL_NO_FIT as soon as it is clear that they are not fewer than limit.
	 */
	Size		(*measure) (const SmolColumn *in, SmolFacts *facts, Size limit);

	/* returns the bytes written, the same as measure; never more than cap */
	Size		(*encode) (const SmolColumn *in, SmolFacts *facts,
						   uint8 *out, Size cap);

	/*
	 * Values [first, first + n) without decoding the rest; false when the
	 * chunk is found to be corrupt.  The caller has made sure of first + n <=
	 * in->n.
	 */
	bool		(*decode) (const SmolChunk *in, uint32 first, uint32 n, SmolVec *out);

	/*
	 * Optional: search a sorted stretch [first, first + n) of encoded data.
	 * Returns a position in [first, first + n], or SMOL_SEEK_CORRUPT.
	 */
	uint32		(*seek) (const SmolChunk *in, uint32 first, uint32 n,
						 const SmolKey *key, SmolBound bound);

	/*
	 * Optional: the most bytes of arena that decoding n values takes, up to
	 * SMOL_MAX_ARENA_WIDTH each.
	 */
	Size		(*arena_size) (const SmolChunk *in, uint32 n);

	/* NULL when the chunk is sound, else what is wrong with it */
	const char *(*check) (const SmolChunk *in);
} SmolCodec;

/*
 * The codecs of the inner chunks of a chunk, and of those in these, in the order
 * in which they come to be chosen.
 */
#define SMOL_MAX_PICKS	32

typedef enum SmolPicking
{
	SMOL_PICKS_IGNORE,			/* choose */
	SMOL_PICKS_RECORD,			/* choose, and take note */
	SMOL_PICKS_FOLLOW,			/* take what is noted */
} SmolPicking;

typedef struct SmolPicks
{
	SmolPicking mode;
	int			n;
	int			at;				/* the next to follow */
	Size		cap;			/* of an inner chunk */
	struct
	{
		uint32		mask;		/* that it was chosen from */
		uint8		codec;
	}			picks[SMOL_MAX_PICKS];
} SmolPicks;

/*
 * The codec of a column, kept from one chunk to the next; zeros at first.
 */
typedef struct SmolChoice
{
	uint8		codec;
	uint8		patience;		/* chunks that it is kept for, this time */
	uint8		left;			/* of these */

	/* bytes a row of all columns that it was chosen for */
	double		least;
	double		most;

	/* the last of these */
	uint32		n;
	Size		bytes;
	uint32		nruns;
	uint32		nrises;
	uint32		nfalls;
	SmolPicks	picks;
} SmolChoice;

/*
 * Codec numbers are written to disk: never renumber, only append.
 */
typedef enum SmolCodecId
{
	SMOL_CODEC_PLAIN = 0,		/* WORD: 8 bytes each; BYTES: offsets and
								 * bytes */
	SMOL_CODEC_RLE = 1,			/* run ends and run values, each a chunk */
	SMOL_CODEC_FOR = 2,			/* WORD: frame of reference, bit-packed */
	SMOL_CODEC_RADIX = 3,		/* BYTES: short strings as numbers */
	SMOL_CODEC_AFFINE = 4,		/* WORD: a line, and distances from it */
	SMOL_CODEC_DELTA = 5,		/* WORD: differences between neighbours */
	SMOL_CODEC_DICT = 6,		/* distinct values, a chunk, and their numbers */
	SMOL_CODEC_ALP = 7,			/* WORD: floats as integers and a power of ten */
	SMOL_CODEC_PATCH = 8,		/* WORD: FOR, and a few far values aside */
	SMOL_CODEC_STRINGS = 9,		/* BYTES: without common prefixes, packed */
} SmolCodecId;

#define SMOL_NUM_CODECS 10

/* codec.c: the table, the chooser and the checked entry points */
extern const SmolCodec *smol_get_codec(uint8 id);	/* NULL if unknown */
extern uint8 smol_choose_codec(const SmolColumn *in, Size *bytes);
extern Size smol_measure_column(const SmolColumn *in, uint8 codec);
extern Size smol_encode_column(const SmolColumn *in, uint8 codec,
							   uint8 *out, Size cap);
extern bool smol_decode_chunk(const SmolChunk *in, uint32 first, uint32 n,
							  SmolVec *out);
extern Size smol_arena_size(const SmolChunk *in, uint32 n);
extern uint32 smol_seek_chunk(const SmolChunk *in, uint32 first, uint32 n,
							  const SmolKey *key, SmolBound bound);
extern const char *smol_check_chunk(const SmolChunk *in);

/* codec_choice.c */
extern Size smol_encode_chosen(const SmolColumn *in, SmolChoice *choice,
							   uint8 *out, Size cap);
extern void smol_wear_choice(SmolChoice *choice);

/* codec_numbers.c */
extern void smol_reset_numbers(SmolNumbers *numbers);
extern uint32 smol_find_number(SmolNumbers *numbers, SmolSlice string);
extern uint32 smol_add_number(SmolNumbers *numbers, SmolSlice string);

/* codec_*.c */
extern const SmolCodec smol_codec_plain;
extern const SmolCodec smol_codec_rle;
extern const SmolCodec smol_codec_for;
extern const SmolCodec smol_codec_radix;
extern const SmolCodec smol_codec_affine;
extern const SmolCodec smol_codec_delta;
extern const SmolCodec smol_codec_dict;
extern const SmolCodec smol_codec_alp;
extern const SmolCodec smol_codec_patch;
extern const SmolCodec smol_codec_strings;

#endif							/* SMOLCODEC_H */
