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

typedef enum SmolLane
{
	SMOL_LANE_WORD,				/* int64 values */
	SMOL_LANE_BYTES,			/* slices */
} SmolLane;

/* Some bytes somewhere else: on a page, or in a writer's row buffer. */
typedef struct SmolSlice
{
	const uint8 *ptr;
	uint32		len;
} SmolSlice;

/* The input of measure and encode: n values of one column, n >= 1. */
typedef struct SmolColumn
{
	SmolLane	lane;
	uint16		fixed_len;		/* BYTES: length of every slice, 0 if it
								 * varies */
	uint32		n;
	const int64 *words;			/* WORD */
	const SmolSlice *slices;	/* BYTES */
} SmolColumn;

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
 * as it asks for.  Slices point into the chunk: they live as long as the page
 * stays pinned.
 */
typedef struct SmolVec
{
	int64	   *words;			/* WORD */
	SmolSlice  *slices;			/* BYTES */
} SmolVec;

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

typedef struct SmolCodec
{
	const char *name;

	/* exact bytes that encode will write, or SMOL_NO_FIT */
	Size		(*measure) (const SmolColumn *in);

	/* returns the bytes written, the same as measure; never more than cap */
	Size		(*encode) (const SmolColumn *in, uint8 *out, Size cap);

	/*
	 * Values [first, first + n) without decoding the rest; false when the
	 * chunk is found to be corrupt.  The caller has made sure of first + n <=
	 * in->n.
	 */
	bool		(*decode) (const SmolChunk *in, uint32 first, uint32 n, SmolVec *out);

	/*
	 * Optional: search a sorted stretch [first, first + n) of encoded data.
	 * Returns a position in [first, first + n].
	 */
	uint32		(*seek) (const SmolChunk *in, uint32 first, uint32 n,
						 const SmolKey *key, SmolBound bound);

	/* NULL when the chunk is sound, else what is wrong with it */
	const char *(*check) (const SmolChunk *in);
} SmolCodec;

/*
 * Codec numbers are written to disk: never renumber, only append.
 */
typedef enum SmolCodecId
{
	SMOL_CODEC_PLAIN = 0,		/* WORD: 8 bytes each; BYTES: offsets and
								 * bytes */
	SMOL_CODEC_RLE = 1,			/* run ends and run values, each a chunk */
	SMOL_CODEC_FOR = 2,			/* WORD: frame of reference, bit-packed */
	SMOL_CODEC_FLAT = 3,		/* BYTES: slices of one length */
} SmolCodecId;

#define SMOL_NUM_CODECS 4

/* codec.c: the table, the chooser and the checked entry points */
extern const SmolCodec *smol_get_codec(uint8 id);	/* NULL if unknown */
extern uint8 smol_choose_codec(const SmolColumn *in, Size *bytes);
extern bool smol_decode_chunk(const SmolChunk *in, uint32 first, uint32 n,
							  SmolVec *out);
extern uint32 smol_seek_chunk(const SmolChunk *in, uint32 first, uint32 n,
							  const SmolKey *key, SmolBound bound);
extern const char *smol_check_chunk(const SmolChunk *in);

/* codec_plain.c, codec_rle.c, codec_for.c, codec_flat.c */
extern const SmolCodec smol_codec_plain;
extern const SmolCodec smol_codec_rle;
extern const SmolCodec smol_codec_for;
extern const SmolCodec smol_codec_flat;

#endif							/* SMOLCODEC_H */
