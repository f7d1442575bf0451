/*-------------------------------------------------------------------------
 *
 * zones.c
 *	  Leaves on which no row can pass the filters: zone maps, and bloom filters.
 *
 * The levels above the leaves know each child's NULL counts, and minimum and
 * maximum of most columns.  A child whose values are all outside of what a
 * filter lets pass need not be read, nor anything below it.  What a page says of
 * all of its children is asked once, when the search for the next leaf comes to
 * it.
 *
 * Minimum and maximum are in the order of the type (words) or of memcmp
 * (strings), and may be unknown.  A filter that compares in another order, as
 * text in most collations, still can't be equal to what is outside of them if
 * equal means the same bytes.
 *
 * Bloom filters, where the index has them, are asked of single leaves that are
 * left, when the search comes to them.
 *
 * Copyright (c) 2026, the smol developers
 *
 * IDENTIFICATION
 *	  src/tree/zones.c
 *
 *-------------------------------------------------------------------------
 */
#include "smol.h"

#include "access/nbtree.h"
#include "miscadmin.h"
#include "tree/smolbloom.h"
#include "tree/smolwalk.h"
#include "tree/smolwriter.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

/* A filter, and what it takes to hold it against statistics. */
typedef struct ZoneFilter
{
	const SmolFilter *filter;
	bool		bounds;			/* minimum and maximum say something */

	/* bounds, not in the filter's own order: equal to one of these */
	int			nslices;		/* 0: in the filter's own order */
	SmolSlice  *slices;

	SmolProbe  *probe;			/* what bloom filters are asked; or NULL */
} ZoneFilter;

/* What was found of the page that was looked at last on a level. */
typedef struct ZonePage
{
	BlockNumber block;			/* InvalidBlockNumber: none yet */
	BlockNumber first_child;
	uint32		n;
	uint32		room;
	int64	   *first_rows;		/* of the children, and of what is behind */
	bool	   *excluded;
	int64	   *bloom;			/* level 1: where the children's filters are */
} ZonePage;

struct SmolZones
{
	SmolReader *reader;
	MemoryContext context;		/* of the pages */
	MemoryContext filter_context;	/* of the filters */
	int			nfilters;
	ZoneFilter *filters;
	bool		bloom;			/* any has a probe */
	ZonePage	pages[SMOL_MAX_HEIGHT + 1]; /* by level */
};

SmolZones *
smol_make_zones(SmolReader *reader)
{
	SmolZones  *zones = palloc0(sizeof(SmolZones));

	zones->reader = reader;
	zones->context = AllocSetContextCreate(CurrentMemoryContext, "smol zones",
										   ALLOCSET_SMALL_SIZES);
	zones->filter_context = AllocSetContextCreate(zones->context,
												  "smol zone filters",
												  ALLOCSET_SMALL_SIZES);
	return zones;
}

void
smol_free_zones(SmolZones *zones)
{
	MemoryContextDelete(zones->context);
	pfree(zones);
}

static int
compare_slices(const void *a, const void *b)
{
	return smol_compare_slices(*(const SmolSlice *) a, *(const SmolSlice *) b);
}

/* The bytes of a text argument. */
static SmolSlice
text_bytes(Datum datum)
{
	struct varlena *text = PG_DETOAST_DATUM_PACKED(datum);
	SmolSlice	slice;

	slice.ptr = (const uint8 *) VARDATA_ANY(text);
	slice.len = VARSIZE_ANY_EXHDR(text);
	return slice;
}

/*
 * Can minimum and maximum be held against the filter?
 */
static bool
prepare_bounds(ZoneFilter *zone, const SmolColumnDesc *desc)
{
	const SmolFilter *filter = zone->filter;
	const SmolComparator *cmp = filter->cmp;
	int			n = filter->array ? filter->array->n : 1;

	if (!(desc->stats & SMOL_STATS_MINMAX))
		return false;
	if (cmp->order != SMOL_ORDER_FMGR)
		return true;
	if (filter->strategy != BTEqualStrategyNumber ||
		desc->image != SMOL_IMAGE_VARLENA ||
		cmp->function->fn_oid != F_BTTEXTCMP ||
		!OidIsValid(cmp->collation) ||
		!get_collation_isdeterministic(cmp->collation))
		return false;

	/* equal text has the same bytes */
	zone->nslices = n;
	zone->slices = palloc(sizeof(SmolSlice) * n);
	for (int i = 0; i < n; i++)
		zone->slices[i] = text_bytes(filter->array ? filter->array->elements[i].datum :
									 cmp->argument.datum);
	qsort(zone->slices, n, sizeof(SmolSlice), compare_slices);
	return true;
}

/*
 * What bloom filters can be asked of the filter; NULL: nothing.
 */
static SmolProbe *
prepare_probe(SmolZones *zones, const SmolFilter *filter)
{
	Relation	index = zones->reader->index;
	int			column = filter->column;
	const SmolArray *array = filter->array;

	if (filter->strategy != BTEqualStrategyNumber)
		return NULL;
	return smol_make_probe(&zones->reader->meta, column, index->rd_opfamily[column],
						   index->rd_opcintype[column],
						   OidIsValid(filter->argtype) ? filter->argtype :
						   index->rd_opcintype[column],
						   index->rd_indcollation[column],
						   array ? array->elements : &filter->cmp->argument,
						   array ? array->n : 1);
}

/*
 * Take in the filters of a range.  Returns false if the index knows nothing
 * that could be held against them.
 */
bool
smol_set_zones(SmolZones *zones, const SmolScanKeys *keys)
{
	const SmolMetaPageData *meta = &zones->reader->meta;
	MemoryContext old;

	MemoryContextReset(zones->filter_context);
	zones->nfilters = 0;
	zones->bloom = false;
	for (int i = 0; i <= SMOL_MAX_HEIGHT; i++)
		zones->pages[i].block = InvalidBlockNumber;

	old = MemoryContextSwitchTo(zones->filter_context);
	zones->filters = palloc0(sizeof(ZoneFilter) * Max(keys->nfilters, 1));
	for (int i = 0; i < keys->nfilters; i++)
	{
		ZoneFilter *zone = &zones->filters[zones->nfilters];

		zone->filter = &keys->filters[i];
		if (!zone->filter->nulltest)
		{
			zone->bounds = prepare_bounds(zone, &meta->columns[zone->filter->column]);
			zone->probe = prepare_probe(zones, zone->filter);
			if (zone->probe)
				zones->bloom = true;
		}
		if (zone->bounds || zone->probe || (meta->flags & SMOL_META_NULLS) ||
			(zone->filter->nulltest && zone->filter->isnull))
			zones->nfilters++;
	}
	MemoryContextSwitchTo(old);
	return zones->nfilters > 0;
}

/* Is there a filter on the column that leaves can be held against? */
bool
smol_zones_know(const SmolZones *zones, int column)
{
	for (int i = 0; i < zones->nfilters; i++)
		if (zones->filters[i].filter->column == column &&
			(zones->filters[i].bounds || zones->filters[i].probe))
			return true;
	return false;
}

/* ---- a page's children against the filters ---- */

static void
decode(SmolReader *reader, Page page, BlockNumber block, int column,
	   uint32 n, SmolVec *vec, int64 **nulls)
{
	const SmolColumnDesc *desc = &reader->inner[column];
	SmolChunk	values;
	SmolChunk	map;
	bool		has_nulls = smol_page_chunk(page, desc, column, &values, &map);
	SmolVec		out = {0};

	if (SmolImageIsWord(desc->image))
		vec->words = palloc(sizeof(int64) * n);
	else
	{
		vec->slices = palloc(sizeof(SmolSlice) * n);
		smol_enlarge_arena(reader, block, vec, &values, n);
	}
	if (!smol_decode_chunk(&values, 0, n, vec))
		smol_report_corrupt(reader->index, block, "inner page does not decode");
	*nulls = NULL;
	if (has_nulls)
	{
		*nulls = out.words = palloc(sizeof(int64) * n);
		if (!smol_decode_chunk(&map, 0, n, &out))
			smol_report_corrupt(reader->index, block, "inner page does not decode");
	}
}

/* Is one of the slices between min and max? */
static bool
any_between(const ZoneFilter *zone, SmolSlice min, SmolSlice max)
{
	int			lo = 0;
	int			hi = zone->nslices;

	while (lo < hi)
	{
		int			mid = lo + (hi - lo) / 2;

		if (smol_compare_slices(zone->slices[mid], min) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < zone->nslices && smol_compare_slices(zone->slices[lo], max) <= 0;
}

/* Is an element of the filter's array between min and max? */
static bool
element_between(const SmolFilter *filter, int64 min_word, SmolSlice min,
				int64 max_word, SmolSlice max)
{
	const SmolArray *array = filter->array;
	SmolComparator *cmp = filter->cmp;
	bool		descending = array->order->descending;
	int			lo = 0;
	int			hi = array->n;

	/* the first one that is not outside of the end that comes first */
	while (lo < hi)
	{
		int			mid = lo + (hi - lo) / 2;
		bool		outside;

		cmp->argument = array->elements[mid];
		outside = descending ? smol_compare_argument(cmp, max_word, max) < 0 :
			smol_compare_argument(cmp, min_word, min) > 0;
		if (outside)
			lo = mid + 1;
		else
			hi = mid;
	}
	if (lo == array->n)
		return false;
	cmp->argument = array->elements[lo];
	return descending ? smol_compare_argument(cmp, min_word, min) <= 0 :
		smol_compare_argument(cmp, max_word, max) >= 0;
}

/* Can a value between min and max pass? */
static bool
may_pass(const ZoneFilter *zone, int64 min_word, SmolSlice min,
		 int64 max_word, SmolSlice max)
{
	const SmolFilter *filter = zone->filter;
	SmolComparator *cmp = filter->cmp;

	if (zone->nslices > 0)
		return any_between(zone, min, max);
	if (filter->array && filter->array->n > 1)
		return element_between(filter, min_word, min, max_word, max);
	switch (filter->strategy)
	{
		case BTLessStrategyNumber:
			return smol_compare_argument(cmp, min_word, min) < 0;
		case BTLessEqualStrategyNumber:
			return smol_compare_argument(cmp, min_word, min) <= 0;
		case BTEqualStrategyNumber:
			return smol_compare_argument(cmp, min_word, min) <= 0 &&
				smol_compare_argument(cmp, max_word, max) >= 0;
		case BTGreaterEqualStrategyNumber:
			return smol_compare_argument(cmp, max_word, max) >= 0;
		case BTGreaterStrategyNumber:
			return smol_compare_argument(cmp, max_word, max) > 0;
		default:
			return true;
	}
}

/*
 * Exclude the children of which a filter lets no row pass.
 */
static void
exclude(SmolZones *zones, const ZoneFilter *zone, Page page, BlockNumber block,
		uint32 n, const int64 *nrows, bool *excluded)
{
	SmolReader *reader = zones->reader;
	const SmolFilter *filter = zone->filter;
	int			at = smol_inner_stats(&reader->meta, filter->column);
	const SmolSlice none = {(const uint8 *) "", 0};
	SmolVec		min = {0};
	SmolVec		max = {0};
	int64	   *min_nulls;
	int64	   *max_nulls;

	if (reader->meta.flags & SMOL_META_NULLS)
	{
		SmolVec		counts = {0};
		int64	   *unknown;
		bool		isnull = filter->nulltest && filter->isnull;

		decode(reader, page, block, at++, n, &counts, &unknown);
		for (uint32 i = 0; i < n; i++)
			excluded[i] |= counts.words[i] == (isnull ? 0 : nrows[i]);
	}
	else if (filter->nulltest)
	{
		/* IS NULL, and there are none in the index */
		memset(excluded, true, sizeof(bool) * n);
	}
	if (!zone->bounds)
		return;

	decode(reader, page, block, at, n, &min, &min_nulls);
	decode(reader, page, block, at + 1, n, &max, &max_nulls);
	for (uint32 i = 0; i < n; i++)
	{
		/* not known */
		if (excluded[i] || (min_nulls && min_nulls[i]) || (max_nulls && max_nulls[i]))
			continue;
		excluded[i] = min.words ?
			!may_pass(zone, min.words[i], none, max.words[i], none) :
			!may_pass(zone, 0, min.slices[i], 0, max.slices[i]);
	}
}

/*
 * Have zones->pages[level] be about the page at 'block'.
 */
static ZonePage *
look_at(SmolZones *zones, int level, BlockNumber block)
{
	ZonePage   *zp = &zones->pages[level];
	SmolReader *reader = zones->reader;
	const SmolSegment *segment = reader->segment;
	BlockNumber low = level == 1 ? segment->first_leaf : segment->first_leaf + segment->nleaves;
	BlockNumber end = level == 1 ? segment->first_leaf + segment->nleaves : segment->root;
	MemoryContext scratch;
	MemoryContext old;
	SmolVec		child = {0};
	SmolVec		first_rows = {0};
	SmolVec		nrows = {0};
	int64	   *nulls;
	Page		page;
	uint32		n;

	if (zp->block == block)
		return zp;

	CHECK_FOR_INTERRUPTS();
	zp->block = InvalidBlockNumber;
	page = smol_load_inner(reader, level, block);
	n = SmolPageGetPack(page)->nrows;
	if (n > zp->room)
	{
		if (zp->first_rows)
			pfree(zp->first_rows);
		if (zp->excluded)
			pfree(zp->excluded);
		if (zp->bloom)
			pfree(zp->bloom);
		zp->first_rows = NULL;
		zp->excluded = NULL;
		zp->bloom = NULL;
		zp->room = 0;
		zp->first_rows = MemoryContextAlloc(zones->context, sizeof(int64) * (n + 1));
		zp->excluded = MemoryContextAlloc(zones->context, sizeof(bool) * n);
		if (level == 1 && smol_has_bloom(&reader->meta))
			zp->bloom = MemoryContextAlloc(zones->context, sizeof(int64) * n);
		zp->room = n;
	}

	scratch = AllocSetContextCreate(zones->context, "smol zone page",
									ALLOCSET_DEFAULT_SIZES);
	old = MemoryContextSwitchTo(scratch);
	decode(reader, page, block, SMOL_INNER_CHILD, 1, &child, &nulls);
	decode(reader, page, block, SMOL_INNER_FIRST_ROW, n, &first_rows, &nulls);
	decode(reader, page, block, SMOL_INNER_NROWS, n, &nrows, &nulls);

	/* children follow each other in the file */
	if (child.words[0] < low || child.words[0] > (int64) end - n)
		smol_report_corrupt(reader->index, block, "child is out of bounds");
	zp->first_child = (BlockNumber) child.words[0];
	zp->n = n;
	memcpy(zp->first_rows, first_rows.words, sizeof(int64) * n);
	zp->first_rows[n] = (int64) ((uint64) first_rows.words[n - 1] + (uint64) nrows.words[n - 1]);

	memset(zp->excluded, false, sizeof(bool) * n);
	for (int i = 0; i < zones->nfilters; i++)
		exclude(zones, &zones->filters[i], page, block, n, nrows.words, zp->excluded);
	if (level == 1 && zones->bloom)
	{
		SmolVec		locations = {0};

		Assert(zp->bloom != NULL);
		decode(reader, page, block, reader->ninner - 1, n, &locations, &nulls);
		memcpy(zp->bloom, locations.words, sizeof(int64) * n);
	}
	MemoryContextSwitchTo(old);
	MemoryContextDelete(scratch);
	zp->block = block;
	return zp;
}

/* ---- the way from leaf to leaf ---- */

/* The child that has a row. */
static uint32
child_of(const ZonePage *zp, int64 row)
{
	uint32		lo = 0;
	uint32		hi = zp->n;

	while (hi - lo > 1)
	{
		uint32		mid = lo + (hi - lo) / 2;

		if (zp->first_rows[mid] <= row)
			lo = mid;
		else
			hi = mid;
	}
	return lo;
}

/* Do the bloom filters of a leaf rule it out? */
static bool
bloom_excludes(SmolZones *zones, uint32 leaf, int64 location)
{
	for (int i = 0; i < zones->nfilters; i++)
	{
		if (zones->filters[i].probe &&
			smol_bloom_excludes(zones->reader, zones->filters[i].probe, leaf, location))
		{
			zones->reader->bloom_skipped++;
			return true;
		}
	}
	return false;
}

/*
 * Below a page, find the first leaf in a direction that is not excluded,
 * beginning with the one that has *row.  A leaf beyond the limit will do.
 */
static bool
find_leaf(SmolZones *zones, int level, BlockNumber block, int64 *row,
		  bool forward, uint32 limit, uint32 *leaf)
{
	ZonePage   *zp = look_at(zones, level, block);
	uint32		child = child_of(zp, *row);

	for (;;)
	{
		if (level == 1)
		{
			*leaf = zp->first_child + child - zones->reader->segment->first_leaf;
			if ((forward ? *leaf > limit : *leaf < limit) ||
				!(zp->excluded[child] ||
				  (zones->bloom && bloom_excludes(zones, *leaf, zp->bloom[child]))))
			{
				*row = forward ? zp->first_rows[child + 1] : zp->first_rows[child] - 1;
				return true;
			}
		}
		else if (!zp->excluded[child] &&
				 find_leaf(zones, level - 1, zp->first_child + child, row,
						   forward, limit, leaf))
			return true;

		if (forward ? ++child == zp->n : child-- == 0)
			return false;
		*row = forward ? zp->first_rows[child] : zp->first_rows[child + 1] - 1;
	}
}

/*
 * The next leaf in a direction that may have rows that pass, beginning with the
 * one that has the row numbered *row; *row becomes the one from where to go on.
 * False if there is none up to the limit, which is the last leaf to be asked
 * for.
 */
bool
smol_next_zone(SmolZones *zones, uint64 *row, bool forward, uint32 limit,
			   uint32 *leaf)
{
	const SmolSegment *segment = zones->reader->segment;
	int64		at = (int64) *row;

	if (*row >= segment->nrows ||
		!find_leaf(zones, segment->height, segment->root, &at, forward, limit, leaf))
		return false;
	*row = (uint64) at;
	return forward ? *leaf <= limit : *leaf >= limit;
}
