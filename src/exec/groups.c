/*-------------------------------------------------------------------------
 *
 * groups.c
 *	  Which group does a row belong to?
 *
 * Groups are numbered as they come.  Where rows come sorted by the grouping
 * columns a row belongs to the last group or makes a new one, and the groups
 * before the last are complete.  Elsewhere a hash table tells.
 *
 * Keys are told apart by their normal forms (type/normal.c).  What is returned of
 * a group is a key as it came, of its first row.
 *
 * Copyright (c) 2026, the smol developers
 *
 * IDENTIFICATION
 *	  src/exec/groups.c
 *
 *-------------------------------------------------------------------------
 */
#include "smol.h"

#include "common/hashfn.h"
#include "common/hashfn_unstable.h"
#include "exec/smolgroups.h"
#include "utils/memutils.h"

typedef struct WordEntry
{
	int64		key;
	uint32		group;
	char		status;
} WordEntry;

#define SH_PREFIX words
#define SH_ELEMENT_TYPE WordEntry
#define SH_KEY_TYPE int64
#define SH_KEY key
#define SH_HASH_KEY(tb, key) ((uint32) (murmurhash64((uint64) (key)) >> 32))
#define SH_EQUAL(tb, a, b) ((a) == (b))
#define SH_SCOPE static inline
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

/*
 * Groups by the hash of their keys.  An entry's key is the number of its group;
 * ROW_KEY stands for a row that is looked for, of the vectors in private_data.
 */
#define ROW_KEY		PG_UINT32_MAX

typedef struct KeysEntry
{
	uint32		group;
	uint32		hash;
	char		status;
} KeysEntry;

struct keys_hash;
static bool row_has_keys(struct keys_hash *table, uint32 group);

#define SH_PREFIX keys
#define SH_ELEMENT_TYPE KeysEntry
#define SH_KEY_TYPE uint32
#define SH_KEY group
#define SH_HASH_KEY(tb, key) 0	/* entries come and grow with their hash */
#define SH_EQUAL(tb, a, b) row_has_keys(tb, a)
#define SH_STORE_HASH
#define SH_GET_HASH(tb, entry) (entry)->hash
#define SH_SCOPE static inline
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

#define NO_GROUP	PG_UINT32_MAX

/* Words in a window of this size have their groups in an array. */
#define WINDOW		4096

/* A key of the rows that are looked for, in its normal form. */
typedef struct RowForms
{
	uint32		room;
	int64	   *words;
	SmolSlice  *slices;
	Size		bytes_room;
	uint8	   *bytes;
} RowForms;

struct SmolGroups
{
	int			nkeys;
	SmolColumnDesc descs[INDEX_MAX_KEYS];
	SmolNormal	normals[INDEX_MAX_KEYS];
	bool		plain;			/* all keys are their own normal forms */
	bool		sorted;
	Size		stride;			/* bytes of a group's states */

	MemoryContext context;
	MemoryContext strings;		/* sorted: bytes of keys */
	uint32		ngroups;
	uint32		room;
	char	   *states;
	SmolVector	keys[INDEX_MAX_KEYS];	/* of the groups */
	SmolVector	forms[INDEX_MAX_KEYS];	/* the same as normal forms */

	/* of rows: what is not the key itself has room of its own */
	RowForms	row_forms[INDEX_MAX_KEYS];
	SmolVector	row_vectors[INDEX_MAX_KEYS];

	/* hashed: one key that is a word */
	words_hash *words;
	uint32		null_group;
	int64		window_low;
	uint32	   *window;			/* groups of the words from window_low on */

	/* hashed: other keys */
	keys_hash  *table;
	const SmolVector *rows;		/* looked for: this row of these */
	uint32		row;
};

/* Leave out the rows that are not selected, in some room for what is left. */
void
smol_squeeze_vector(const SmolVector *room, SmolVector *vector,
					const uint16 *selection, uint32 n)
{
	SmolVector	from = *vector;

	if (from.words)
	{
		vector->words = room->words;
		for (uint32 i = 0; i < n; i++)
			room->words[i] = from.words[selection[i]];
	}
	if (from.slices)
	{
		vector->slices = room->slices;
		for (uint32 i = 0; i < n; i++)
			room->slices[i] = from.slices[selection[i]];
	}
	if (from.nulls)
	{
		vector->nulls = room->nulls;
		for (uint32 i = 0; i < n; i++)
			room->nulls[i] = from.nulls[selection[i]];
	}
}

/* Make room for more groups. */
static void
enlarge(SmolGroups *groups, uint32 room)
{
	MemoryContext old = MemoryContextSwitchTo(groups->context);

	Assert(room > groups->room);
#define ENLARGE(array, type) \
	((array) = (array) ? \
	 repalloc_huge((array), (Size) room * sizeof(type)) : \
	 MemoryContextAllocHuge(groups->context, (Size) room * sizeof(type)))

	if (groups->stride > 0)
	{
		if (groups->states)
			groups->states = repalloc_huge(groups->states, room * groups->stride);
		else
			groups->states = MemoryContextAllocHuge(groups->context, room * groups->stride);
		memset(groups->states + groups->room * groups->stride, 0,
			   (room - groups->room) * groups->stride);
	}
	for (int i = 0; i < groups->nkeys; i++)
	{
		SmolVector *key = &groups->keys[i];
		SmolVector *form = &groups->forms[i];
		bool		word = SmolImageIsWord(groups->descs[i].image);

		if (word)
			ENLARGE(key->words, int64);
		else
			ENLARGE(key->slices, SmolSlice);
		ENLARGE(key->nulls, int64);
		if (groups->normals[i] == SMOL_NORMAL_BYTES)
			*form = *key;
		else if (word)
			ENLARGE(form->words, int64);
		else
			ENLARGE(form->slices, SmolSlice);
		form->nulls = key->nulls;
	}
#undef ENLARGE
	groups->room = room;
	MemoryContextSwitchTo(old);
}

/*
 * Groups by these columns, with so many bytes of states each, which start as
 * zeros.  Without keys there is one group.  Lives in the current memory
 * context.
 */
SmolGroups *
smol_create_groups(int nkeys, const SmolColumnDesc *descs, const SmolNormal *normals,
				   Size stride, bool sorted)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext,
												  "smol groups",
												  ALLOCSET_DEFAULT_SIZES);
	MemoryContext old = MemoryContextSwitchTo(context);
	SmolGroups *groups = palloc0(sizeof(SmolGroups));

	groups->context = context;
	groups->nkeys = nkeys;
	memcpy(groups->descs, descs, sizeof(SmolColumnDesc) * nkeys);
	memcpy(groups->normals, normals, sizeof(SmolNormal) * nkeys);
	groups->plain = true;
	for (int i = 0; i < nkeys; i++)
		groups->plain &= normals[i] == SMOL_NORMAL_BYTES;
	groups->stride = stride;
	groups->sorted = sorted;
	groups->null_group = NO_GROUP;
	if (nkeys == 0)
	{
		enlarge(groups, 1);
		groups->ngroups = 1;
	}
	else if (sorted)
		groups->strings = AllocSetContextCreate(context, "smol group keys",
												ALLOCSET_DEFAULT_SIZES);
	else if (nkeys == 1 && SmolImageIsWord(descs[0].image))
		groups->words = words_create(context, 256, NULL);
	else
		groups->table = keys_create(context, 256, groups);
	MemoryContextSwitchTo(old);
	return groups;
}

void
smol_free_groups(SmolGroups *groups)
{
	MemoryContextDelete(groups->context);
}

static inline bool
key_is_null(const SmolVector *key, uint32 i)
{
	return key->nulls && key->nulls[i];
}

/* ---- normal forms ---- */

/* Make room for the normal forms of a key of n rows. */
static void
enlarge_forms(SmolGroups *groups, RowForms *forms, const SmolVector *key, uint32 n)
{
	Size		bytes = 0;

	if (forms->room < n)
	{
		if (forms->words)
			pfree(forms->words);
		if (forms->slices)
			pfree(forms->slices);
		forms->words = key->words ? MemoryContextAlloc(groups->context, sizeof(int64) * n) : NULL;
		forms->slices = key->slices ? MemoryContextAlloc(groups->context, sizeof(SmolSlice) * n) : NULL;
		forms->room = n;
	}
	for (uint32 i = 0; key->slices && i < n; i++)
		if (!key_is_null(key, i))
			bytes += smol_normal_room(key->slices[i]);
	if (forms->bytes_room < bytes)
	{
		if (forms->bytes)
			pfree(forms->bytes);
		forms->bytes = MemoryContextAllocHuge(groups->context, bytes);
		forms->bytes_room = bytes;
	}
}

/*
 * The normal forms of n rows' keys; they live until the next call.  A string that
 * comes as often as one in one place is looked at once.
 */
static const SmolVector *
find_forms(SmolGroups *groups, const SmolVector *keys, uint32 n)
{
	if (groups->plain)
		return keys;
	for (int k = 0; k < groups->nkeys; k++)
	{
		const SmolVector *key = &keys[k];
		RowForms   *forms = &groups->row_forms[k];
		uint8	   *bytes;

		groups->row_vectors[k] = *key;
		if (groups->normals[k] == SMOL_NORMAL_BYTES)
			continue;
		enlarge_forms(groups, forms, key, n);
		groups->row_vectors[k].words = forms->words;
		groups->row_vectors[k].slices = forms->slices;
		if (key->words)
		{
			smol_normal_floats(&groups->descs[k], key->words, forms->words, n);
			continue;
		}
		Assert(key->slices != NULL && forms->slices != NULL);
		bytes = forms->bytes;
		for (uint32 i = 0; i < n; i++)
		{
			SmolSlice	slice = key->slices[i];

			if (key_is_null(key, i))
				 /* nothing */ ;
			else if (i > 0 && !key_is_null(key, i - 1) &&
					 slice.ptr == key->slices[i - 1].ptr && slice.len == key->slices[i - 1].len)
				forms->slices[i] = forms->slices[i - 1];
			else
			{
				forms->slices[i] = smol_normal_slice(groups->normals[k], slice, bytes);
				bytes += smol_normal_room(slice);
			}
		}
	}
	return groups->row_vectors;
}

/* ---- groups ---- */

static SmolSlice
copy_slice(MemoryContext context, SmolSlice slice)
{
	uint8	   *copy = MemoryContextAlloc(context, Max(slice.len, 1));

	if (slice.len > 0)
		memcpy(copy, slice.ptr, slice.len);
	slice.ptr = copy;
	return slice;
}

/* Have a group's keys, or their normal forms, be those of a row. */
static void
set_keys(SmolGroups *groups, MemoryContext strings, uint32 group,
		 const SmolVector *keys, const SmolVector *forms, uint32 row)
{
	for (int i = 0; i < groups->nkeys; i++)
	{
		SmolVector *key = &groups->keys[i];
		SmolVector *form = &groups->forms[i];
		bool		isnull = key_is_null(&keys[i], row);

		key->nulls[group] = isnull;
		if (key->words)
		{
			key->words[group] = keys[i].words[row];
			form->words[group] = forms[i].words[row];
		}
		else if (isnull)
			key->slices[group].len = form->slices[group].len = 0;
		else
		{
			key->slices[group] = copy_slice(strings, keys[i].slices[row]);
			if (form->slices != key->slices)
				form->slices[group] = copy_slice(strings, forms[i].slices[row]);
		}
	}
}

/* Make a group of the row's keys. */
static uint32
add_group(SmolGroups *groups, const SmolVector *keys, const SmolVector *forms, uint32 row)
{
	if (groups->ngroups == groups->room)
		enlarge(groups, Max(groups->room * 2, 64));
	set_keys(groups, groups->sorted ? groups->strings : groups->context,
			 groups->ngroups, keys, forms, row);
	return groups->ngroups++;
}

static inline bool
same_slice(SmolSlice a, SmolSlice b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

static inline bool
same_keys(const SmolGroups *groups, const SmolVector *a, uint32 i,
		  const SmolVector *b, uint32 k)
{
	for (int key = groups->nkeys - 1; key >= 0; key--)
	{
		bool		isnull = key_is_null(&a[key], i);

		if (isnull != key_is_null(&b[key], k))
			return false;
		if (isnull)
			continue;
		if (a[key].words ? a[key].words[i] != b[key].words[k] :
			!same_slice(a[key].slices[i], b[key].slices[k]))
			return false;
	}
	return true;
}

/* ---- sorted rows ---- */

/*
 * The end of the rows from 'first' on that have its keys.  What lies between two
 * rows of the same keys has them, too.
 */
static uint32
find_run_end(const SmolGroups *groups, const SmolVector *keys, uint32 first, uint32 n)
{
	uint32		low = first;
	uint32		high = n - 1;

	if (first + 1 == n || !same_keys(groups, keys, first, keys, first + 1))
		return first + 1;
	if (same_keys(groups, keys, first, keys, high))
		return n;
	for (uint32 step = 1; high - low > step; step *= 2)
	{
		if (!same_keys(groups, keys, first, keys, low + step))
		{
			high = low + step;
			break;
		}
		low += step;
	}
	while (high - low > 1)
	{
		uint32		middle = low + (high - low) / 2;

		if (same_keys(groups, keys, first, keys, middle))
			low = middle;
		else
			high = middle;
	}
	return high;
}

/*
 * Sorted rows: find the groups of n > 0 rows with these keys, or make them.
 * Returns the number of runs of the same group; there must be room for n.
 */
uint32
smol_find_runs(SmolGroups *groups, const SmolVector *keys, uint32 n, SmolGroupRun *runs)
{
	const SmolVector *forms = find_forms(groups, keys, n);
	uint32		nruns = 0;

	Assert(groups->sorted && n > 0);
	for (uint32 first = 0; first < n; nruns++)
	{
		if (first == 0 && groups->ngroups > 0 &&
			same_keys(groups, groups->forms, groups->ngroups - 1, forms, 0))
			runs[0].group = groups->ngroups - 1;
		else
			runs[nruns].group = add_group(groups, keys, forms, first);
		first = runs[nruns].end = find_run_end(groups, forms, first, n);
	}
	return nruns;
}

/*
 * Sorted rows: forget all groups but the last, which becomes number 0.
 */
void
smol_keep_last_group(SmolGroups *groups)
{
	uint32		last = groups->ngroups - 1;
	MemoryContext strings = groups->strings;

	Assert(groups->sorted && groups->ngroups > 0);
	if (last == 0)
		return;
	groups->strings = AllocSetContextCreate(groups->context, "smol group keys",
											ALLOCSET_DEFAULT_SIZES);
	set_keys(groups, groups->strings, 0, groups->keys, groups->forms, last);
	MemoryContextDelete(strings);
	if (groups->stride > 0)
	{
		memcpy(groups->states, groups->states + last * groups->stride, groups->stride);
		memset(groups->states + groups->stride, 0, last * groups->stride);
	}
	groups->ngroups = 1;
}

/* ---- rows in any order ---- */

/* Choose the window, by some of the words. */
static void
place_window(SmolGroups *groups, const SmolVector *key, uint32 n)
{
	int64		low = PG_INT64_MAX;

	for (uint32 i = 0; i < n; i++)
		if (!key_is_null(key, i))
			low = Min(low, key->words[i]);
	groups->window_low = low < PG_INT64_MIN + WINDOW / 4 ? PG_INT64_MIN : low - WINDOW / 4;
	groups->window = MemoryContextAlloc(groups->context, sizeof(uint32) * WINDOW);
	memset(groups->window, 0xFF, sizeof(uint32) * WINDOW);
}

StaticAssertDecl(NO_GROUP == 0xFFFFFFFF, "a window is initialised by memset");

static void
find_words(SmolGroups *groups, const SmolVector *keys, const SmolVector *forms,
		   uint32 n, uint32 *numbers)
{
	const int64 *words = forms[0].words;

	if (groups->window == NULL)
		place_window(groups, &forms[0], n);
	for (uint32 i = 0; i < n; i++)
	{
		int64		word = words[i];
		uint64		at = (uint64) word - (uint64) groups->window_low;
		uint32	   *group;

		if (unlikely(key_is_null(&keys[0], i)))
			group = &groups->null_group;
		else if (likely(at < WINDOW))
			group = &groups->window[at];
		else
		{
			WordEntry  *entry = words_lookup(groups->words, word);
			bool		found;

			/* unlike an insertion, a search does not hash what it passes by */
			if (unlikely(entry == NULL))
			{
				entry = words_insert(groups->words, word, &found);
				entry->group = NO_GROUP;
			}
			group = &entry->group;
		}
		if (unlikely(*group == NO_GROUP))
			*group = add_group(groups, keys, forms, i);
		numbers[i] = *group;
	}
}

/* simplehash: has the row that is looked for the keys of this group? */
static bool
row_has_keys(struct keys_hash *table, uint32 group)
{
	SmolGroups *groups = table->private_data;

	return same_keys(groups, groups->forms, group, groups->rows, groups->row);
}

/*
 * Has row i > 0 the keys of the row before?  Strings are told by their places
 * only: what is computed for many rows at once, or stored once for them, lies in
 * one.
 */
static inline bool
repeats_keys(const SmolVector *forms, int nkeys, uint32 i)
{
	for (int k = 0; k < nkeys; k++)
	{
		const SmolVector *form = &forms[k];

		if (form->nulls && (form->nulls[i] || form->nulls[i - 1]))
			return false;
		if (form->words ? form->words[i] != form->words[i - 1] :
			form->slices[i].ptr != form->slices[i - 1].ptr ||
			form->slices[i].len != form->slices[i - 1].len)
			return false;
	}
	return true;
}

static void
find_keys(SmolGroups *groups, const SmolVector *keys, const SmolVector *forms,
		  uint32 n, uint32 *numbers)
{
	groups->rows = forms;
	for (uint32 i = 0; i < n; i++)
	{
		uint64		hash = 0;
		KeysEntry  *entry;
		bool		found;

		if (i > 0 && repeats_keys(forms, groups->nkeys, i))
		{
			numbers[i] = numbers[i - 1];
			continue;
		}
		for (int k = 0; k < groups->nkeys; k++)
		{
			if (key_is_null(&forms[k], i))
				hash = murmurhash64(hash + 1);
			else if (forms[k].words)
				hash = murmurhash64(hash ^ (uint64) forms[k].words[i]);
			else
				hash = fasthash64((const char *) forms[k].slices[i].ptr,
								  forms[k].slices[i].len, hash);
		}
		groups->row = i;
		entry = keys_insert_hash(groups->table, ROW_KEY, (uint32) (hash >> 32), &found);
		if (!found)
			entry->group = add_group(groups, keys, forms, i);
		numbers[i] = entry->group;
	}
}

/*
 * Rows in any order: find the groups of n rows with these keys, or make them.
 */
void
smol_find_groups(SmolGroups *groups, const SmolVector *keys, uint32 n, uint32 *numbers)
{
	const SmolVector *forms;

	Assert(!groups->sorted && groups->nkeys > 0);
	if (n == 0)
		return;
	forms = find_forms(groups, keys, n);
	if (groups->words)
		find_words(groups, keys, forms, n, numbers);
	else
		find_keys(groups, keys, forms, n, numbers);
}

uint32
smol_count_groups(const SmolGroups *groups)
{
	return groups->ngroups;
}

/* What states point to is allocated here, and freed by who forgets a group. */
MemoryContext
smol_groups_context(const SmolGroups *groups)
{
	return groups->context;
}

/* The states of group 0; those of group n are n strides behind. */
char *
smol_group_states(SmolGroups *groups)
{
	return groups->states;
}

/* The value of a key of a group; false if it is NULL. */
bool
smol_group_key(const SmolGroups *groups, uint32 group, int key, SmolValue *value)
{
	const SmolVector *keys = &groups->keys[key];

	if (keys->nulls[group])
		return false;
	if (keys->words)
		value->word = keys->words[group];
	else
		value->slice = keys->slices[group];
	return true;
}

/* The words of a key, of all groups; NULL if they are no words. */
const int64 *
smol_group_words(const SmolGroups *groups, int key)
{
	return groups->keys[key].words;
}

/* Bytes that the groups take. */
Size
smol_groups_memory(const SmolGroups *groups)
{
	return MemoryContextMemAllocated(groups->context, true);
}
