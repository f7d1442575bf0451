/*-------------------------------------------------------------------------
 *
 * rowmerge.c
 *	  Sorted rows on their way from the sorts to the writer.
 *
 * Each participant of a build sorts the rows that it has scanned.  What a worker
 * has sorted goes to the leader through a queue in shared memory, as fast as the
 * leader takes it: so taking rows out of a sort, and merging the runs of one that
 * did not fit its memory, are done by all of them at once.  The leader merges what
 * comes with its own rows.  nbtree's workers leave their rows in temporary files,
 * and the leader reads and merges these by itself.
 *
 * A row takes its prefix along (rowsort.c).  So merging seldom looks at tuples,
 * and makes no prefix a second time.
 *
 * Copyright (c) 2026, the smol developers
 *
 * IDENTIFICATION
 *	  src/am/rowmerge.c
 *
 *-------------------------------------------------------------------------
 */
#include "smol.h"

#include "access/itup.h"
#include "am/smolbuild.h"
#include "miscadmin.h"
#include "utils/injection_point.h"

#if defined(__GNUC__) || defined(__clang__)
#define prefetch(p) __builtin_prefetch(p)
#else
#define prefetch(p) ((void) 0)
#endif

/* Of rows in memory so many are taken out at a time, and tuples fetched ahead. */
#define TAKE			40
#define AHEAD			24

/* A processor's, not what PostgreSQL keeps apart by; and most bytes of a tuple. */
#define CACHE_LINE		64
#define MAX_FETCH		(4 * CACHE_LINE)

/* Bytes of a message at most: any tuple fits, mostly some hundreds do. */
#define MESSAGE_SIZE	16384

StaticAssertDecl(MESSAGE_SIZE >= 2 * (INDEX_SIZE_MASK + 1), "any tuple fits a message");

/* In a message, before each tuple: what is compared.  All is aligned. */
typedef struct SentRow
{
	Datum		high;
	uint32		low;
	bool		isnull1;
	bool		is_end;			/* there is no tuple, and no message to come */
} SentRow;

#define SENT_ROW_SIZE	MAXALIGN(sizeof(SentRow))

/* Rows in order: of this process's own sort, or of a worker. */
typedef struct RowStream
{
	SortTuple  *row;			/* in front; NULL: at the end */
	shm_mq_handle *queue;		/* a worker's */
	const char *next;			/* of what has come through it */
	const char *end;
	SortTuple	received;
} RowStream;

struct SmolRows
{
	SmolBuild  *build;
	int			nstreams;		/* with rows left */
	RowStream **streams;		/* in order of the rows in front */
	bool		is_given;		/* has the first one's row been given away? */

	/* this process's own rows, some of them taken out ahead */
	RowStream	own;
	SortTuple  *end;			/* of those */
	bool		is_drained;		/* no more to take */
	int			take;
	int			ahead;
	Size		room;			/* bytes of a tuple to fetch, at most */
	SortTuple	taken[AHEAD + TAKE];
};

static inline void
fetch(const SmolRows *rows, const SortTuple *row)
{
	for (Size at = 0; at < rows->room; at += CACHE_LINE)
		prefetch((char *) row->tuple + at);
}

/*
 * Go on to this one of this process's rows, and take more out of the sort: there are
 * no more left than are fetched ahead.
 */
static void
take_more(SmolRows *rows, SortTuple *row)
{
	int			n = (int) (rows->end - row);

	if (!rows->is_drained)
	{
		int			taken;

		memmove(rows->taken, row, sizeof(SortTuple) * n);
		row = rows->taken;
		taken = smol_take_rows(rows->build, row + n, rows->take);
		rows->is_drained = taken < rows->take;
		rows->end = row + n + taken;
		for (int i = n; i <= rows->ahead && i < n + taken; i++)
			fetch(rows, row + i);
	}
	rows->own.row = row < rows->end ? row : NULL;
}

/*
 * A sort that was done in memory gives pointers to tuples that lie anywhere,
 * and stay there until it ends.  So those to come can be fetched into the cache
 * while others are at work.  A tuple that comes from a tape is in the cache,
 * and may be gone when the next one is asked for.
 */
static void
start_own(SmolRows *rows)
{
	const SmolBuild *build = rows->build;
	TuplesortInstrumentation stats;
	bool		in_memory;

	tuplesort_get_stats(build->sort, &stats);
	in_memory = stats.sortMethod == SORT_TYPE_QUICKSORT;
	rows->take = in_memory ? TAKE : 1;
	rows->ahead = in_memory ? AHEAD : 0;
	rows->room = build->tuple_room == 0 ? 2 * CACHE_LINE :
		Min(build->tuple_room, MAX_FETCH);
	rows->end = rows->taken;
	take_more(rows, rows->taken);
}

static inline void
advance_own(SmolRows *rows)
{
	SortTuple  *row = rows->own.row + 1;

	if (likely(rows->end - row > rows->ahead))
	{
		fetch(rows, row + rows->ahead);
		rows->own.row = row;
	}
	else
		take_more(rows, row);
}

static inline void
advance_worker(SmolRows *rows, RowStream *stream)
{
	const SentRow *sent;

	if (stream->next == stream->end)
	{
		Size		size;
		void	   *message;

		/* what came before is void from here on */
		if (shm_mq_receive(stream->queue, &size, &message, false) != SHM_MQ_SUCCESS)
			smol_report_lost_worker(rows->build->parallel);
		stream->next = message;
		stream->end = stream->next + size;
	}
	sent = (const SentRow *) stream->next;
	if (sent->is_end)
	{
		stream->row = NULL;
		return;
	}
	stream->received.tuple = unconstify(char *, stream->next + SENT_ROW_SIZE);
	stream->received.datum1 = sent->high;
	stream->received.isnull1 = sent->isnull1;
	stream->received.srctape = (int) sent->low;
	stream->row = &stream->received;
	stream->next += SENT_ROW_SIZE + IndexTupleSize(stream->received.tuple);
}

static inline void
advance(SmolRows *rows, RowStream *stream)
{
	if (stream->queue)
		advance_worker(rows, stream);
	else
		advance_own(rows);
}

/*
 * The first stream may have to go behind others.  There are so few that looking
 * one after the other takes no longer than a heap would, and rows that lie in
 * order in the heap come from the same participant for a while.
 */
static inline void
sink_first(SmolRows *rows)
{
	RowStream  *stream = rows->streams[0];
	int			i = 1;

	for (; i < rows->nstreams; i++)
	{
		if (smol_compare_rows(rows->build->order, stream->row, rows->streams[i]->row) < 0)
			break;
		rows->streams[i - 1] = rows->streams[i];
	}
	rows->streams[i - 1] = stream;
}

/* Take in a stream that has begun. */
static void
add_stream(SmolRows *rows, RowStream *stream)
{
	if (stream->row == NULL)
		return;
	memmove(rows->streams + 1, rows->streams, sizeof(RowStream *) * rows->nstreams);
	rows->streams[0] = stream;
	rows->nstreams++;
	sink_first(rows);
}

/*
 * Begin with the rows of this process's own sort, which is done, and of so many
 * workers.
 */
SmolRows *
smol_begin_rows(SmolBuild *build, int nqueues, shm_mq_handle **queues)
{
	SmolRows   *rows = palloc0(sizeof(SmolRows));

	rows->build = build;
	rows->streams = palloc(sizeof(RowStream *) * (nqueues + 1));
	start_own(rows);
	add_stream(rows, &rows->own);
	for (int i = 0; i < nqueues; i++)
	{
		RowStream  *stream = palloc0(sizeof(RowStream));

		stream->queue = queues[i];
		advance_worker(rows, stream);
		add_stream(rows, stream);
	}
	return rows;
}

/* The next row, good until the one behind it is asked for; NULL: none. */
static inline const SortTuple *
next_row(SmolRows *rows)
{
	if (rows->is_given)
	{
		RowStream  *stream = rows->streams[0];

		advance(rows, stream);
		if (stream->row == NULL)
		{
			rows->nstreams--;
			memmove(rows->streams, rows->streams + 1,
					sizeof(RowStream *) * rows->nstreams);
		}
		else
			sink_first(rows);
	}
	rows->is_given = rows->nstreams > 0;
	return rows->is_given ? rows->streams[0]->row : NULL;
}

IndexTuple
smol_next_row(SmolRows *rows)
{
	const SortTuple *row = next_row(rows);

	return row ? (IndexTuple) row->tuple : NULL;
}

/* A worker's message; false if the leader does not want it, having failed. */
static bool
send(shm_mq_handle *queue, const char *message, Size size, bool is_last)
{
	INJECTION_POINT("smol-build-part-sent", NULL);
	CHECK_FOR_INTERRUPTS();
	return shm_mq_send(queue, size, message, false, is_last) == SHM_MQ_SUCCESS;
}

/*
 * A worker: give the rows of the sort to the leader.
 */
void
smol_send_rows(SmolBuild *build, shm_mq_handle *queue)
{
	SmolRows   *rows = smol_begin_rows(build, 0, NULL);
	char	   *message = palloc(MESSAGE_SIZE);
	Size		size = 0;
	const SortTuple *row;
	SentRow		sent = {0};

	while ((row = next_row(rows)) != NULL)
	{
		Size		tuple_size = IndexTupleSize((IndexTuple) row->tuple);

		if (size + SENT_ROW_SIZE + tuple_size > MESSAGE_SIZE)
		{
			if (!send(queue, message, size, false))
				return;
			size = 0;
		}
		sent.high = row->datum1;
		sent.low = (uint32) row->srctape;
		sent.isnull1 = row->isnull1;
		memcpy(message + size, &sent, sizeof(SentRow));
		size += SENT_ROW_SIZE;
		memcpy(message + size, row->tuple, tuple_size);
		size += tuple_size;
	}

	/* the end has a message of its own: there is room for it */
	if (size > 0 && !send(queue, message, size, false))
		return;
	memset(&sent, 0, sizeof(SentRow));
	sent.is_end = true;
	send(queue, (const char *) &sent, sizeof(SentRow), true);
}
