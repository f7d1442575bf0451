/*-------------------------------------------------------------------------
 *
 * options.c
 *	  Storage parameters of a smol index.
 *
 *		writes = reject | retire	default reject
 *			reject: INSERT, UPDATE, DELETE, MERGE and COPY FROM on the table are
 *			errors.  retire: they are let in, and the index is stale from then
 *			on, until REINDEX.
 *
 *		nulls = reject | store		default reject
 *			reject: a NULL in any column at build is an error.  store: NULLs are
 *			kept, ordered as the key column is declared.  Takes effect at
 *			build.
 *
 *		bloom = on | off			default off
 *			on: each leaf has bloom filters of all columns but the first, for
 *			equality.  Takes effect at build.
 *
 * Copyright (c) 2026, the smol developers
 *
 * IDENTIFICATION
 *	  src/am/options.c
 *
 *-------------------------------------------------------------------------
 */
#include "smol.h"

#include "am/smolam.h"

typedef struct SmolOptions
{
	int32		vl_len_;		/* varlena header (do not touch directly!) */
	int			writes;
	int			nulls;
	bool		bloom;
} SmolOptions;

static relopt_kind smol_relopt_kind;

static relopt_enum_elt_def writes_values[] = {
	{"reject", SMOL_WRITES_REJECT},
	{"retire", SMOL_WRITES_RETIRE},
	{(const char *) NULL}
};

static relopt_enum_elt_def nulls_values[] = {
	{"reject", SMOL_NULLS_REJECT},
	{"store", SMOL_NULLS_STORE},
	{(const char *) NULL}
};

void
smol_init_options(void)
{
	smol_relopt_kind = add_reloption_kind();
	add_enum_reloption(smol_relopt_kind, "writes",
					   "What a write to the table does: \"reject\" (an error) or \"retire\" (the index becomes stale)",
					   writes_values, SMOL_WRITES_REJECT,
					   gettext_noop("Valid values are \"reject\" and \"retire\"."),
					   AccessExclusiveLock);
	add_enum_reloption(smol_relopt_kind, "nulls",
					   "What a NULL does when the index is built: \"reject\" (an error) or \"store\"",
					   nulls_values, SMOL_NULLS_REJECT,
					   gettext_noop("Valid values are \"reject\" and \"store\"."),
					   AccessExclusiveLock);
	add_bool_reloption(smol_relopt_kind, "bloom",
					   "Keeps bloom filters for equality on all columns but the first",
					   false, AccessExclusiveLock);
}

bytea *
smol_options(Datum reloptions, bool validate)
{
	static const relopt_parse_elt tab[] = {
		{"writes", RELOPT_TYPE_ENUM, offsetof(SmolOptions, writes), 0},
		{"nulls", RELOPT_TYPE_ENUM, offsetof(SmolOptions, nulls), 0},
		{"bloom", RELOPT_TYPE_BOOL, offsetof(SmolOptions, bloom), 0},
	};

	return (bytea *) build_reloptions(reloptions, validate, smol_relopt_kind,
									  sizeof(SmolOptions), tab, lengthof(tab));
}

SmolWrites
smol_get_writes(Relation index)
{
	SmolOptions *options = (SmolOptions *) index->rd_options;

	return options ? (SmolWrites) options->writes : SMOL_WRITES_REJECT;
}

SmolNulls
smol_get_nulls(Relation index)
{
	SmolOptions *options = (SmolOptions *) index->rd_options;

	return options ? (SmolNulls) options->nulls : SMOL_NULLS_REJECT;
}

bool
smol_get_bloom(Relation index)
{
	SmolOptions *options = (SmolOptions *) index->rd_options;

	return options != NULL && options->bloom;
}
