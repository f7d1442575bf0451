/*-------------------------------------------------------------------------
 *
 * bloomwriter.c
 *	  Bloom filters of leaves: making.
 *
 * A filter has ten bits for each different value of its leaf, with which about
 * one value in a hundred is taken for one that is there.  Where there are too many
 * values for that, it has fewer bits, down to six (one in twenty), and where there
 * are too many for those, none: such a leaf has so many values in few bytes that
 * it is as well looked at.  Nor has a leaf a filter of a column whose minimum and
 * maximum say the same: one value, or all numbers between two.
 *
 * Leaves come in the order of the file, while they are written; so their records
 * go to a temporary file, page by page, and to the index when the leaves and the
 * footprint are complete.
 *
 * Copyright (c) 2026, the smol developers
 *
 * IDENTIFICATION
 *	  src/tree/bloomwriter.c
 *
 *-------------------------------------------------------------------------
 */
#include "smol.h"

#include "miscadmin.h"
#include "storage/buffile.h"
#include "tree/packer.h"
#include "tree/smolbloom.h"
#include "type/smolhash.h"

/* bits for each value */
#define BITS_WANTED		10
#define BITS_NEEDED		6

/* The set of hashes of a leaf: more than the values of any filter. */
#define SET_SIZE		16384

struct SmolBloomWriter
{
	const SmolMetaPageData *meta;
	int			nfilters;
	uint32		limit;			/* bytes of a filter */
	SmolHasher *hashers;		/* by column */
	uint32		max_values;		/* of a filter */
	uint64	   *set;			/* 0: free */
	bool		has_zero;		/* the hash 0, which is not in the set */
	uint64	   *values;			/* what is in the set */
	uint32		nvalues;
	PGAlignedBlock page;		/* in the making */
	uint32		npages;			/* before it */
	BufFile    *spool;
};

/* NULL if the index has no filters. */
SmolBloomWriter *
smol_begin_bloom(const SmolMetaPageData *meta)
{
	SmolBloomWriter *writer;

	if (!smol_has_bloom(meta))
		return NULL;
	writer = palloc0(sizeof(SmolBloomWriter));
	writer->meta = meta;
	writer->hashers = palloc0(sizeof(SmolHasher) * meta->ncolumns);
	for (int i = 0; i < meta->ncolumns; i++)
	{
		if (meta->columns[i].hash == 0)
			continue;
		writer->nfilters++;
		smol_init_hasher(&writer->hashers[i], &meta->columns[i]);
	}
	writer->limit = (SMOL_BLOOM_ROOM - SMOL_BLOOM_RECORD_BYTES -
					 writer->nfilters * SMOL_BLOOM_COLUMN_BYTES) / Max(writer->nfilters, 2);
	writer->max_values = Min(writer->limit * 8 / BITS_NEEDED, SET_SIZE * 3 / 4);
	writer->set = palloc(sizeof(uint64) * SET_SIZE);
	writer->values = palloc(sizeof(uint64) * (writer->max_values + 1));
	return writer;
}

/* Take a hash into the set. */
static void
add_hash(SmolBloomWriter *writer, uint64 hash)
{
	uint32		at = (uint32) ((hash * UINT64CONST(0x9E3779B97F4A7C15)) >> 32) % SET_SIZE;

	if (hash == 0)
	{
		if (writer->has_zero)
			return;
		writer->has_zero = true;
	}
	else
	{
		for (; writer->set[at] != 0; at = (at + 1) % SET_SIZE)
			if (writer->set[at] == hash)
				return;
		writer->set[at] = hash;
	}
	writer->values[writer->nvalues++] = hash;
}

/*
 * Find the different hashes of a column of a leaf.  False if there is to be no
 * filter: too many, or the leaf's minimum and maximum know as much.
 */
static bool
collect_hashes(SmolBloomWriter *writer, const SmolPackColumn *col, int column,
			   uint32 nrows)
{
	const SmolColumnDesc *desc = &writer->meta->columns[column];
	bool		has_nulls = col->first_null < nrows;
	bool		minmax = (desc->stats & SMOL_STATS_MINMAX) != 0;
	const SmolValue *last = NULL;
	SmolValue	value;
	int64		min = PG_INT64_MAX;
	int64		max = PG_INT64_MIN;

	writer->nvalues = 0;
	writer->has_zero = false;
	memset(writer->set, 0, sizeof(uint64) * SET_SIZE);
	for (uint32 i = 0; i < nrows; i++)
	{
		SmolValue	next;

		if (has_nulls && col->nulls[i])
			continue;
		next = smol_packed_value(col, i);
		if (last && (col->lane == SMOL_LANE_WORD ? next.word == value.word :
					 next.slice.ptr == value.slice.ptr &&
					 next.slice.len == value.slice.len))
			continue;
		value = next;
		last = &value;
		min = Min(min, value.word);
		max = Max(max, value.word);
		add_hash(writer, smol_hash_value(&writer->hashers[column], value.word, value.slice));
		if (writer->nvalues > writer->max_values)
			return false;
	}
	if (writer->nvalues == 0 || (minmax && writer->nvalues == 1))
		return false;
	return !(minmax && SmolImageIsInt(desc->image) &&
			 (uint64) max - (uint64) min == writer->nvalues - 1);
}

/* Put what there is of the page in the spool. */
static void
flush_page(SmolBloomWriter *writer)
{
	if (writer->spool == NULL)
		writer->spool = BufFileCreateTemp(false);
	BufFileWrite(writer->spool, writer->page.data, BLCKSZ);
	writer->npages++;
}

static void
start_page(SmolBloomWriter *writer, uint32 leaf)
{
	Page		page = (Page) writer->page.data;

	smol_init_page(page, SMOL_PAGE_BLOOM, 0, InvalidBlockNumber);
	SmolPageGetBloom(page)->first_leaf = leaf;
	SmolPageGetBloom(page)->nbytes = 0;
	((PageHeader) page)->pd_lower = MAXALIGN(SizeOfPageHeaderData) + sizeof(SmolBloomHeader);
}

/*
 * Make the record of a leaf, which is the first nrows rows of the packer.
 * Returns its location.
 */
int64
smol_add_bloom(SmolBloomWriter *writer, const SmolPacker *packer, uint32 nrows,
			   uint32 leaf)
{
	Page		page = (Page) writer->page.data;
	uint8		record[BLCKSZ];
	uint8	   *head = record + SMOL_BLOOM_RECORD_BYTES;
	uint32		len = SMOL_BLOOM_RECORD_BYTES + writer->nfilters * SMOL_BLOOM_COLUMN_BYTES;
	uint32		offset;

	memcpy(record, &leaf, sizeof(leaf));
	for (int c = 0; c < writer->meta->ncolumns; c++)
	{
		uint16		bytes = 0;
		uint32		tests = 0;

		if (writer->meta->columns[c].hash == 0)
			continue;
		if (collect_hashes(writer, &packer->columns[c], c, nrows))
		{
			uint8	   *bits = record + len;

			bytes = (uint16) Min((writer->nvalues * BITS_WANTED + 7) / 8, writer->limit);
			tests = (bytes * 8 * 7 / 10 + writer->nvalues / 2) / writer->nvalues;
			tests = Min(Max(tests, 1), SMOL_BLOOM_MAX_TESTS);
			memset(bits, 0, bytes);
			for (uint32 i = 0; i < writer->nvalues; i++)
				for (uint32 test = 0; test < tests; test++)
				{
					uint32		bit = smol_bloom_bit(writer->values[i], test, bytes);

					bits[bit / 8] |= 1 << (bit % 8);
				}
			len += bytes;
		}
		memcpy(head, &bytes, sizeof(bytes));
		head[2] = (uint8) tests;
		head += SMOL_BLOOM_COLUMN_BYTES;
	}

	if (leaf == 0)
		start_page(writer, leaf);
	else if (((PageHeader) page)->pd_lower + len > ((PageHeader) page)->pd_upper)
	{
		flush_page(writer);
		start_page(writer, leaf);
	}
	offset = ((PageHeader) page)->pd_lower;
	memcpy((char *) page + offset, record, len);
	SmolPageGetBloom(page)->nbytes += len;
	((PageHeader) page)->pd_lower += len;
	return (int64) writer->npages << 16 | offset;
}

/*
 * Write the pages from *next_block on, and count them in the segment.  The writer
 * is used up.
 */
void
smol_write_bloom(SmolBloomWriter *writer, BulkWriteState *bulk,
				 BlockNumber *next_block, SmolSegment *segment)
{
	segment->bloom_pages = 0;
	if (segment->nleaves == 0)
		return;
	flush_page(writer);
	if (BufFileSeek(writer->spool, 0, 0, SEEK_SET) != 0)
		elog(ERROR, "could not rewind temporary file");
	for (uint32 i = 0; i < writer->npages; i++)
	{
		BulkWriteBuffer buf = smgr_bulk_get_buf(bulk);
		Page		page = (Page) buf;

		CHECK_FOR_INTERRUPTS();
		BufFileReadExact(writer->spool, page, BLCKSZ);
		SmolPageGetOpaque(page)->block = *next_block;
		smol_seal_page(page);
		smgr_bulk_write(bulk, (*next_block)++, buf, true);
	}
	segment->bloom_pages = writer->npages;
	BufFileClose(writer->spool);
}
