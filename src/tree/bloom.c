/*-------------------------------------------------------------------------
 *
 * bloom.c
 *	  Bloom filters of leaves: asking.
 *
 * A filter says of a value that no row of its leaf has it, or that some row may.
 * Filters lie on pages of their own, those of many leaves on one, and inner pages
 * of level 1 say where: a leaf that is ruled out is not read.  Nothing of a
 * record is used before it was bounded, and it must be that of the leaf.
 *
 * Values are known by their hashes only (type/smolhash.c), which also says what
 * may be asked.
 *
 * Copyright (c) 2026, the smol developers
 *
 * IDENTIFICATION
 *	  src/tree/bloom.c
 *
 *-------------------------------------------------------------------------
 */
#include "smol.h"

#include "miscadmin.h"
#include "tree/smolbloom.h"
#include "type/smolhash.h"

/* More values than these are in most leaves, some of them by mistake. */
#define MAX_PROBED	64

static int
count_filters(const SmolMetaPageData *meta)
{
	int			n = 0;

	for (int i = 0; i < meta->ncolumns; i++)
		if (meta->columns[i].hash != 0)
			n++;
	return n;
}

/*
 * Prepare to ask for rows whose column, seen as of a type of an operator family,
 * equals one of some arguments.  NULL if filters can't say anything to that.
 */
SmolProbe *
smol_make_probe(const SmolMetaPageData *meta, int column, Oid opfamily, Oid lefttype,
				Oid righttype, Oid collation, const SmolArgument *arguments, int n)
{
	SmolProbe  *probe;

	if (meta->columns[column].hash == 0 || n > MAX_PROBED)
		return NULL;
	probe = palloc(offsetof(SmolProbe, hashes) + sizeof(uint64) * n);
	probe->n = n;
	probe->filter = 0;
	for (int i = 0; i < column; i++)
		if (meta->columns[i].hash != 0)
			probe->filter++;
	if (smol_hash_arguments(&meta->columns[column], opfamily, lefttype, righttype,
							collation, arguments, n, probe->hashes))
		return probe;
	pfree(probe);
	return NULL;
}

/*
 * Find a filter in the record at an offset of a checked page, and where the
 * record ends.  Returns what is wrong with the record, or NULL.
 */
const char *
smol_get_bloom_filter(Page page, uint32 offset, int nfilters, uint32 leaf,
					  int filter, SmolBloomFilter *out, uint32 *end)
{
	uint32		limit = ((PageHeader) page)->pd_lower;
	uint32		head = SMOL_BLOOM_RECORD_BYTES + nfilters * SMOL_BLOOM_COLUMN_BYTES;
	const uint8 *record = (const uint8 *) page + offset;
	uint32		at = offset + head;
	uint32		number;

	if (offset < MAXALIGN(SizeOfPageHeaderData) + sizeof(SmolBloomHeader) ||
		at > limit)
		return "bloom filter is out of bounds";
	memcpy(&number, record, sizeof(number));
	if (number != leaf)
		return "bloom filter is another leaf's";

	for (int i = 0; i < nfilters; i++)
	{
		const uint8 *column = record + SMOL_BLOOM_RECORD_BYTES + i * SMOL_BLOOM_COLUMN_BYTES;
		uint16		bytes;

		memcpy(&bytes, column, sizeof(bytes));
		if (at + bytes > limit || column[2] > SMOL_BLOOM_MAX_TESTS ||
			(bytes == 0) != (column[2] == 0))
			return "bloom filter is out of bounds";
		if (i == filter)
		{
			out->bits = bytes > 0 ? (const uint8 *) page + at : NULL;
			out->bytes = bytes;
			out->tests = column[2];
		}
		at += bytes;
	}
	*end = at;
	return NULL;
}

/* Pin a page of filters, and check it. */
static Page
load_page(SmolReader *reader, uint32 number)
{
	const SmolSegment *segment = reader->segment;
	BlockNumber blkno = segment->footprint + segment->footprint_pages + number;
	const char *wrong;

	if (BufferIsValid(reader->bloom_buffer) &&
		BufferGetBlockNumber(reader->bloom_buffer) == blkno)
		return BufferGetPage(reader->bloom_buffer);
	reader->bloom_buffer = ReleaseAndReadBuffer(reader->bloom_buffer, reader->index, blkno);
	wrong = smol_check_page(BufferGetPage(reader->bloom_buffer), SMOL_PAGE_BLOOM, 0,
							blkno, 0);
	if (wrong)
		smol_report_corrupt(reader->index, blkno, wrong);
	return BufferGetPage(reader->bloom_buffer);
}

/*
 * Has no row of a leaf what the probe is for?  'location' is where the leaf's
 * parent says that its record is.
 */
bool
smol_bloom_excludes(SmolReader *reader, const SmolProbe *probe, uint32 leaf,
					int64 location)
{
	const SmolSegment *segment = reader->segment;
	SmolBloomFilter filter;
	const char *wrong;
	uint32		end;
	Page		page;

	if (location < 0 || location >> 16 >= segment->bloom_pages)
		smol_report_corrupt(reader->index, segment->first_leaf + leaf,
							"bloom filter of this leaf is out of bounds");
	page = load_page(reader, (uint32) (location >> 16));
	wrong = smol_get_bloom_filter(page, (uint32) (location & 0xffff),
								  count_filters(&reader->meta), leaf,
								  probe->filter, &filter, &end);
	if (wrong)
		smol_report_corrupt(reader->index, BufferGetBlockNumber(reader->bloom_buffer),
							wrong);
	if (filter.bits == NULL)
		return false;

	for (int i = 0; i < probe->n; i++)
	{
		uint32		test;

		for (test = 0; test < filter.tests; test++)
		{
			uint32		bit = smol_bloom_bit(probe->hashes[i], test, filter.bytes);

			if (!(filter.bits[bit / 8] & (1 << (bit % 8))))
				break;
		}
		if (test == filter.tests)
			return false;
	}
	return true;
}

/*
 * Add up the bytes of each column's filters.
 */
void
smol_measure_bloom(SmolReader *reader, uint64 *bytes)
{
	int			nfilters = count_filters(&reader->meta);
	uint32		leaf = 0;

	for (uint32 i = 0; i < reader->segment->bloom_pages; i++)
	{
		Page		page = load_page(reader, i);
		uint32		at = MAXALIGN(SizeOfPageHeaderData) + sizeof(SmolBloomHeader);

		CHECK_FOR_INTERRUPTS();
		while (at < ((PageHeader) page)->pd_lower)
		{
			uint32		end = at;
			int			filter = 0;

			for (int c = 0; c < reader->meta.ncolumns; c++)
			{
				SmolBloomFilter found;
				const char *wrong;

				if (reader->meta.columns[c].hash == 0)
					continue;
				wrong = smol_get_bloom_filter(page, at, nfilters, leaf, filter++,
											  &found, &end);
				if (wrong)
					smol_report_corrupt(reader->index,
										BufferGetBlockNumber(reader->bloom_buffer),
										wrong);
				bytes[c] += found.bytes + SMOL_BLOOM_COLUMN_BYTES;
			}
			if (end == at)
				return;
			at = end;
			leaf++;
		}
	}
}
