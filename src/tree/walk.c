/*-------------------------------------------------------------------------
 *
 * walk.c
 *	  From leaf to leaf: leaving out those on which no row can pass the filters,
 *	  and having the next ones read ahead.
 *
 * Zone maps (zones.c) say which leaves to leave out.  The others are handed to a
 * read stream, which reads several of them at once and ahead of their use, with
 * whatever kind of I/O the server has.  How far ahead is the stream's choice: it
 * starts with one, and goes further as long as pages come from disk, so a scan
 * that ends early has read little in vain.  A walk begins without a stream and
 * takes one for its third leaf, so that looking up a few rows costs nothing.
 *
 * Copyright (c) 2026, the smol developers
 *
 * IDENTIFICATION
 *	  src/tree/walk.c
 *
 *-------------------------------------------------------------------------
 */
#include "smol.h"

#include "storage/read_stream.h"
#include "tree/smolwalk.h"

/* Leaves that are read without a stream. */
#define LONE_LEAVES		2

/* To ask zone maps about fewer leaves than these would cost more than it saves. */
#define ZONED_LEAVES	4

struct SmolWalk
{
	SmolReader *reader;
	MemoryContext context;
	ReadStream *stream;			/* NULL until there was need of one */
	SmolZones  *zones;			/* likewise */

	bool		active;
	bool		forward;
	bool		zoned;			/* leave leaves out */
	uint32		at;				/* the leaf that we came to */
	uint32		limit;			/* the last one to come to */
	uint32		steps;			/* since the start */

	/* what comes next: the stream is ahead of 'at' */
	bool		ended;			/* nothing */
	uint32		next;			/* leaf, or the first that may be it */
	uint64		next_row;		/* zoned: its row to begin with */

	/* how far the stream may be ahead: there it ends, to be started anew */
	bool		streaming;
	bool		eager;
	uint32		distance;
	uint32		ahead;
};

SmolWalk *
smol_make_walk(SmolReader *reader)
{
	SmolWalk   *walk = palloc0(sizeof(SmolWalk));

	walk->reader = reader;
	walk->context = CurrentMemoryContext;
	return walk;
}

/* Stop, and let go of the pages that were read ahead. */
void
smol_stop_walk(SmolWalk *walk)
{
	if (walk->streaming)
		read_stream_reset(walk->stream);
	walk->streaming = false;
	walk->active = false;
}

void
smol_free_walk(SmolWalk *walk)
{
	if (walk->stream)
		read_stream_end(walk->stream);
	if (walk->zones)
		smol_free_zones(walk->zones);
	pfree(walk);
}

/*
 * Walk from the reader's leaf on, to 'limit' at most.  With 'eager', many leaves
 * were walked already, and all of these will be: take a stream at once, and have it
 * read several pages from the start.
 */
void
smol_start_walk(SmolWalk *walk, const SmolScanKeys *keys, uint32 limit,
				bool forward, bool eager)
{
	SmolReader *reader = walk->reader;

	smol_stop_walk(walk);
	walk->active = true;
	walk->forward = forward;
	walk->at = reader->leaf;
	walk->limit = limit;
	walk->eager = eager;
	walk->steps = eager ? LONE_LEAVES : 0;
	walk->distance = smol_prefetch_distance;

	walk->ended = forward ? walk->at >= limit : walk->at <= limit;
	walk->next = walk->at + (forward ? 1 : -1);
	walk->next_row = forward ? reader->leaf_first_row + reader->leaf_rows :
		reader->leaf_first_row - 1;

	walk->zoned = false;
	if (keys->nfilters > 0 && !walk->ended &&
		(forward ? limit - walk->at : walk->at - limit) >= ZONED_LEAVES)
	{
		if (walk->zones == NULL)
		{
			MemoryContext old = MemoryContextSwitchTo(walk->context);

			walk->zones = smol_make_zones(reader);
			MemoryContextSwitchTo(old);
		}
		walk->zoned = smol_set_zones(walk->zones, keys);
	}
}

/* Is the reader where the walk came to, and has it the right direction? */
bool
smol_walk_goes_on(const SmolWalk *walk, bool forward)
{
	return walk->active && walk->forward == forward && walk->at == walk->reader->leaf;
}

/* Does the walk leave leaves out by what is known of a column? */
bool
smol_walk_knows(const SmolWalk *walk, int column)
{
	return walk->active && walk->zoned && smol_zones_know(walk->zones, column);
}

/*
 * Which leaf comes next?
 */
static bool
choose_leaf(SmolWalk *walk, uint32 *leaf)
{
	uint32		found = walk->next;

	if (walk->ended)
		return false;
	if (walk->zoned)
	{
		if (!smol_next_zone(walk->zones, &walk->next_row, walk->forward,
							walk->limit, &found))
		{
			walk->ended = true;
			return false;
		}

		/* never back, whatever a damaged page says */
		if (walk->forward ? found < walk->next : found > walk->next)
			smol_report_corrupt(walk->reader->index,
								walk->reader->segment->first_leaf + walk->next,
								"inner pages have other row numbers than the leaf");
	}
	walk->ended = found == walk->limit;
	walk->next = found + (walk->forward ? 1 : -1);
	*leaf = found;
	return true;
}

/* ReadStreamBlockNumberCB */
static BlockNumber
feed_stream(ReadStream *stream, void *callback_private_data, void *per_buffer_data)
{
	SmolWalk   *walk = callback_private_data;
	uint32		leaf;

	if (walk->ahead >= walk->distance || !choose_leaf(walk, &leaf))
		return InvalidBlockNumber;
	walk->ahead++;
	return walk->reader->segment->first_leaf + leaf;
}

/*
 * The next page of the stream.  The stream ends when it is ahead as far as it may
 * be; when the leaves that it was fed are used up, start it anew.
 */
static Buffer
next_buffer(SmolWalk *walk)
{
	Buffer		buffer;

	if (!walk->streaming)
	{
		/* one that was used before would begin with single pages */
		if (walk->stream && walk->eager)
		{
			read_stream_end(walk->stream);
			walk->stream = NULL;
		}
		if (walk->stream == NULL)
		{
			MemoryContext old = MemoryContextSwitchTo(walk->context);
			int			flags = walk->eager ? READ_STREAM_FULL : READ_STREAM_DEFAULT;

			/* zone maps are read in the callback, which rules out batches */
			walk->stream = read_stream_begin_relation(flags, NULL,
													  walk->reader->index,
													  MAIN_FORKNUM, feed_stream,
													  walk, 0);
			MemoryContextSwitchTo(old);
		}
		walk->streaming = true;
		walk->ahead = 0;
	}
	buffer = read_stream_next_buffer(walk->stream, NULL);
	if (!BufferIsValid(buffer) && !walk->ended)
	{
		read_stream_reset(walk->stream);
		walk->ahead = 0;
		buffer = read_stream_next_buffer(walk->stream, NULL);
	}
	if (BufferIsValid(buffer))
		walk->ahead--;
	return buffer;
}

/*
 * Go to the next leaf, and have the reader pin it; false at the end.
 */
bool
smol_next_leaf(SmolWalk *walk)
{
	SmolReader *reader = walk->reader;
	uint32		leaf;

	Assert(walk->active);
	if (walk->streaming ||
		(walk->steps >= LONE_LEAVES && walk->distance > 0 && !walk->ended))
	{
		Buffer		buffer = next_buffer(walk);

		if (!BufferIsValid(buffer))
			return false;
		leaf = BufferGetBlockNumber(buffer) - reader->segment->first_leaf;
		smol_take_leaf(reader, leaf, buffer);
	}
	else
	{
		if (!choose_leaf(walk, &leaf))
			return false;
		smol_load_leaf(reader, leaf);
	}
	walk->at = leaf;
	walk->steps++;
	return true;
}
