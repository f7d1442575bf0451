/*-------------------------------------------------------------------------
 *
 * verifybloom.c
 *	  smol_verify: bloom filters.
 *
 * Records must lie one after the other, one for each leaf in order, and each filter
 * must have the bits of its leaf's values set and no others.  How many bits a
 * filter has, and whether there is one, is the writer's choice and is not judged.
 *
 * Copyright (c) 2026, the smol developers
 *
 * IDENTIFICATION
 *	  src/inspect/verifybloom.c
 *
 *-------------------------------------------------------------------------
 */
#include "smol.h"

#include "inspect/smolverify.h"
#include "miscadmin.h"
#include "tree/smolbloom.h"
#include "type/smolhash.h"

typedef struct ColumnHashes
{
	bool		hashed;			/* has filters, by the type's hash function */
	SmolHasher	hasher;
	uint64	   *hashes;			/* of the leaf's values, some more than once */
	uint32		n;
	uint32		room;
} ColumnHashes;

struct VerifyBloom
{
	int			nfilters;
	ColumnHashes columns[INDEX_MAX_KEYS];
};

/* NULL if the index has no filters. */
VerifyBloom *
smol_verify_begin_bloom(Verify *v)
{
	VerifyBloom *bloom;

	if (!smol_has_bloom(&v->meta))
		return NULL;
	bloom = palloc0(sizeof(VerifyBloom));
	for (int i = 0; i < v->meta.ncolumns; i++)
	{
		const SmolColumnDesc *desc = &v->meta.columns[i];
		ColumnHashes *column = &bloom->columns[i];

		if (desc->hash == 0)
			continue;
		bloom->nfilters++;

		/* ALTER TYPE may have come to a type that is hashed otherwise */
		column->hashed = desc->hash ==
			smol_choose_hash(TupleDescAttr(RelationGetDescr(v->index), i)->atttypid);
		if (!column->hashed)
			continue;
		smol_init_hasher(&column->hasher, desc);
		column->room = 1024;
		column->hashes = palloc_array(uint64, column->room);
	}
	return bloom;
}

/*
 * Check a page for itself.  *leaf is the leaf of its first record, or
 * InvalidBlockNumber if that is not known, and becomes the next page's.
 */
void
smol_verify_bloom_page(Verify *v, BlockNumber blkno, uint32 *leaf)
{
	Buffer		buffer = smol_verify_read(v, blkno);
	Page		page = BufferGetPage(buffer);
	const char *wrong = smol_check_page(page, SMOL_PAGE_BLOOM, 0, blkno, 0);
	uint32		expected = *leaf;
	uint32		at = MAXALIGN(SizeOfPageHeaderData) + sizeof(SmolBloomHeader);

	*leaf = InvalidBlockNumber;
	if (wrong)
		smol_complain(v, blkno, "%s", wrong);
	smol_verify_bytes(v, blkno, page);
	if (expected == InvalidBlockNumber)
		expected = SmolPageGetBloom(page)->first_leaf;
	if (SmolPageGetBloom(page)->first_leaf != expected)
		smol_complain(v, blkno, "first bloom filter is not that of leaf %u", expected);
	if (at == ((PageHeader) page)->pd_lower)
		smol_complain(v, blkno, "bloom filter page is empty");
	for (; at < ((PageHeader) page)->pd_lower; expected++)
	{
		SmolBloomFilter filter;

		wrong = smol_get_bloom_filter(page, at, v->bloom->nfilters, expected, 0,
									  &filter, &at);
		if (wrong)
			smol_complain(v, blkno, "%s", wrong);
	}
	*leaf = expected;
	ReleaseBuffer(buffer);
}

/* Forget the values of the leaf before. */
void
smol_verify_start_bloom(Verify *v)
{
	for (int i = 0; i < v->meta.ncolumns; i++)
		v->bloom->columns[i].n = 0;
}

/* Take in a value of the leaf at hand, if its column has filters. */
void
smol_verify_add_bloom(Verify *v, int column, const SmolValue *value)
{
	ColumnHashes *hashes = &v->bloom->columns[column];
	uint64		hash;

	if (!hashes->hashed)
		return;
	hash = smol_hash_value(&hashes->hasher, value->word, value->slice);
	if (hashes->n > 0 && hashes->hashes[hashes->n - 1] == hash)
		return;
	if (hashes->n == hashes->room)
	{
		hashes->hashes = repalloc_array(hashes->hashes, uint64, hashes->room * 2);
		hashes->room *= 2;
	}
	hashes->hashes[hashes->n++] = hash;
}

/* Has a filter the bits of the leaf at hand? */
static bool
filter_is_right(const ColumnHashes *hashes, const SmolBloomFilter *filter)
{
	uint8	   *bits = palloc0(filter->bytes);
	bool		same;

	for (uint32 i = 0; i < hashes->n; i++)
		for (uint32 test = 0; test < filter->tests; test++)
		{
			uint32		bit = smol_bloom_bit(hashes->hashes[i], test, filter->bytes);

			bits[bit >> 3] |= 1 << (bit & 7);
		}
	same = memcmp(bits, filter->bits, filter->bytes) == 0;
	pfree(bits);
	return same;
}

/*
 * All values of a leaf are in: check its filters, which its parent says are at
 * 'location'.
 */
void
smol_verify_leaf_bloom(Verify *v, BlockNumber parent, uint32 leaf, int64 location)
{
	const SmolSegment *segment = v->segment;
	BlockNumber blkno = segment->footprint + segment->footprint_pages;
	Buffer		buffer;
	Page		page;
	const char *wrong;
	int			number = 0;

	if (location < 0 || location >> 16 >= segment->bloom_pages)
		smol_complain(v, parent, "bloom filters of leaf %u are out of bounds", leaf);
	blkno += (BlockNumber) (location >> 16);
	buffer = smol_verify_read(v, blkno);
	page = BufferGetPage(buffer);
	wrong = smol_check_page(page, SMOL_PAGE_BLOOM, 0, blkno, 0);
	if (wrong)
		smol_complain(v, blkno, "%s", wrong);
	for (int i = 0; i < v->meta.ncolumns; i++)
	{
		SmolBloomFilter filter;
		uint32		end;

		if (v->meta.columns[i].hash == 0)
			continue;
		wrong = smol_get_bloom_filter(page, (uint32) (location & 0xffff),
									  v->bloom->nfilters, leaf, number++, &filter, &end);
		if (wrong)
			smol_complain(v, blkno, "%s", wrong);
		if (filter.bits && v->bloom->columns[i].hashed &&
			!filter_is_right(&v->bloom->columns[i], &filter))
			smol_complain(v, blkno, "bloom filter of leaf %u, column %d, does not match its rows",
						  leaf, i + 1);
	}
	ReleaseBuffer(buffer);
}
