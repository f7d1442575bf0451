/*-------------------------------------------------------------------------
 *
 * smolbloom.h
 *	  Bloom filters of leaves: has a leaf a row whose column equals this?
 *
 * Copyright (c) 2026, the smol developers
 *
 * IDENTIFICATION
 *	  src/tree/smolbloom.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef SMOLBLOOM_H
#define SMOLBLOOM_H

#include "storage/bulk_write.h"
#include "tree/smoltree.h"

/* ---- bloom.c: asking ---- */

/* What filters are asked for: a column equal to one of some values. */
typedef struct SmolProbe
{
	int			filter;			/* the column's place in a leaf's record */
	int			n;
	uint64		hashes[FLEXIBLE_ARRAY_MEMBER];
} SmolProbe;

extern SmolProbe *smol_make_probe(const SmolMetaPageData *meta, int column,
								  Oid opfamily, Oid lefttype, Oid righttype,
								  Oid collation, const SmolArgument *arguments,
								  int n);
extern bool smol_bloom_excludes(SmolReader *reader, const SmolProbe *probe,
								uint32 leaf, int64 location);
extern void smol_measure_bloom(SmolReader *reader, uint64 *bytes);

/* A filter of a record; NULL bits: there is none. */
typedef struct SmolBloomFilter
{
	const uint8 *bits;
	uint32		bytes;
	uint32		tests;
} SmolBloomFilter;

extern const char *smol_get_bloom_filter(Page page, uint32 offset, int nfilters,
										 uint32 leaf, int filter,
										 SmolBloomFilter *out, uint32 *end);

/* Which bit of a filter does a test look at? */
static inline uint32
smol_bloom_bit(uint64 hash, uint32 test, uint32 bytes)
{
	uint32		h = (uint32) hash + test * ((uint32) (hash >> 32) | 1);

	return (uint32) (((uint64) h * (bytes * 8)) >> 32);
}

/* ---- bloomwriter.c: making ---- */

struct SmolPacker;				/* packer.h */
typedef struct SmolBloomWriter SmolBloomWriter;

extern SmolBloomWriter *smol_begin_bloom(const SmolMetaPageData *meta);
extern int64 smol_add_bloom(SmolBloomWriter *writer, const struct SmolPacker *packer,
							uint32 nrows, uint32 leaf);
extern void smol_write_bloom(SmolBloomWriter *writer, BulkWriteState *bulk,
							 BlockNumber *next_block, SmolSegment *segment);

#endif							/* SMOLBLOOM_H */
