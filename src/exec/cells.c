/*-------------------------------------------------------------------------
 *
 * cells.c
 *	  Where is an expression over one column constant?
 *
 * date_trunc('day', ts) is the same for all values of a day, and so is whatever is
 * computed of it, and extract(dow from ts).  Such a set of values, an interval of
 * the column's words, is called a cell here.  A cell may be smaller than it could
 * be: then more are asked for, that is all.  What the expression is on a cell is
 * for PostgreSQL to say, by evaluating it for one value.
 *
 * Cells are known where the column is used by functions that look at nothing but
 * a part of it: the division of integers by a constant; date_trunc, extract,
 * date_part, date_bin and casts to date, with constant units.  What the local time
 * of a timestamptz is depends on the zone: cells end where its offset changes.
 *
 * Copyright (c) 2026, the smol developers
 *
 * IDENTIFICATION
 *	  src/exec/cells.c
 *
 *-------------------------------------------------------------------------
 */
#include "smol.h"

#include <float.h>

#include "catalog/pg_type_d.h"
#include "common/int.h"
#include "exec/smolcells.h"
#include "nodes/nodeFuncs.h"
#include "parser/scansup.h"
#include "pgtime.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/datetime.h"
#include "utils/fmgroids.h"
#include "utils/fmgrprotos.h"
#include "utils/timestamp.h"
#include "varatt.h"

/* What the words of the column are, to the function that looks at a part. */
typedef enum Source
{
	SOURCE_INTEGER,
	SOURCE_DAYS,				/* of a date */
	SOURCE_LOCAL,				/* microseconds of a timestamp */
	SOURCE_ZONED,				/* of a timestamptz; local time is looked at */
	SOURCE_ZONED_DAYS,			/* a date made a timestamptz, and so on */
} Source;

typedef enum RuleKind
{
	RULE_FLOOR,					/* [origin + n * width, origin + (n + 1) *
								 * width) */
	RULE_QUOTIENT,				/* what divides to the same integer */
	RULE_MONTHS,				/* so many months, from the first of a year on */
} RuleKind;

typedef struct Rule
{
	RuleKind	kind;
	Source		source;
	int64		origin;
	int64		width;
	pg_tz	   *zone;			/* NULL: the session's */
} Rule;

#define MAX_RULES	4
#define MAX_ZONES	16

/* A time within which a zone has one offset, as far as it was looked at. */
typedef struct ZoneTime
{
	pg_tz	   *zone;
	int64		low;			/* microseconds, both included */
	int64		high;
	int64		offset;			/* to be added for local time */
} ZoneTime;

struct SmolCells
{
	const Var  *var;
	int			nrules;
	Rule		rules[MAX_RULES];
	int			nzones;
	int			next_zone;		/* to be replaced */
	ZoneTime	zones[MAX_ZONES];
};

/* Beyond these, and a year before the ends of what a timestamp can be, none knows. */
#define YEAR_USECS		(INT64CONST(366) * USECS_PER_DAY)
#define SAFE_LOW		(MIN_TIMESTAMP + YEAR_USECS)
#define SAFE_HIGH		((int64) 200000 * YEAR_USECS / 2)

/* 2000-01-03 was a Monday */
#define MONDAY			2

/* ---- what the planner and the executor have of expressions ---- */

/* The unit that a constant text names. */
bool
smol_constant_unit(const Expr *expr, int *unit)
{
	const Const *constant = (const Const *) expr;
	struct varlena *text;
	char	   *name;
	int			type;

	if (!IsA(expr, Const) || constant->constisnull || constant->consttype != TEXTOID)
		return false;
	text = PG_DETOAST_DATUM_PACKED(constant->constvalue);

	name = downcase_truncate_identifier(VARDATA_ANY(text), (int) VARSIZE_ANY_EXHDR(text),
										false);
	type = DecodeUnits(0, name, unit);
	if (type == UNKNOWN_FIELD)
		type = DecodeSpecial(0, name, unit);
	return type == UNITS || type == RESERV;
}

/* The function of a call and its arguments; false if it is none. */
static bool
get_call(const Expr *expr, Oid *function, List **args)
{
	if (IsA(expr, OpExpr))
	{
		set_opfuncid((OpExpr *) unconstify(Expr *, expr));
		*function = ((const OpExpr *) expr)->opfuncid;
		*args = ((const OpExpr *) expr)->args;
		return true;
	}
	if (IsA(expr, FuncExpr))
	{
		*function = ((const FuncExpr *) expr)->funcid;
		*args = ((const FuncExpr *) expr)->args;
		return true;
	}
	return false;
}

/* An integer that is a constant. */
static bool
get_integer(const Expr *expr, int64 *value)
{
	const Const *constant = (const Const *) expr;

	if (!IsA(expr, Const) || constant->constisnull)
		return false;
	switch (constant->consttype)
	{
		case INT2OID:
			*value = DatumGetInt16(constant->constvalue);
			return true;
		case INT4OID:
			*value = DatumGetInt32(constant->constvalue);
			return true;
		case INT8OID:
			*value = DatumGetInt64(constant->constvalue);
			return true;
		default:
			return false;
	}
}

static bool
is_integer_cast(Oid function)
{
	switch (function)
	{
		case F_INT4_INT2:
		case F_INT8_INT2:
		case F_INT8_INT4:
		case F_INT2_INT4:
		case F_INT2_INT8:
		case F_INT4_INT8:
			return true;
		default:
			return false;
	}
}

static bool
is_integer_division(Oid function)
{
	switch (function)
	{
		case F_INT2DIV:
		case F_INT4DIV:
		case F_INT8DIV:
		case F_INT24DIV:
		case F_INT42DIV:
		case F_INT28DIV:
		case F_INT82DIV:
		case F_INT48DIV:
		case F_INT84DIV:
			return true;
		default:
			return false;
	}
}

/* The zone of a constant name.  Of abbreviations other rules may hold. */
static pg_tz *
get_zone(const Expr *expr)
{
	const Const *constant = (const Const *) expr;
	char	   *name;
	pg_tz	   *zone;
	int			offset;

	if (!IsA(expr, Const) || constant->constisnull)
		return NULL;
	name = TextDatumGetCString(constant->constvalue);
	if (strlen(name) > TZ_STRLEN_MAX || pg_tzset(name) == NULL)
		return NULL;
	return DecodeTimezoneName(name, &offset, &zone) == TZNAME_ZONE ? zone : NULL;
}

/* ---- rules ---- */

/*
 * A column, or what has the same words as one, or the same time.  For a timestamp
 * or timestamptz the source says which.
 */
static const Var *
find_source(const Expr *expr, Rule *rule)
{
	Oid			function;
	List	   *args;

	if (IsA(expr, Var))
	{
		switch (((const Var *) expr)->vartype)
		{
			case INT2OID:
			case INT4OID:
			case INT8OID:
				rule->source = SOURCE_INTEGER;
				break;
			case DATEOID:
				rule->source = SOURCE_DAYS;
				break;
			case TIMESTAMPOID:
				rule->source = SOURCE_LOCAL;
				break;
			case TIMESTAMPTZOID:
				rule->source = SOURCE_ZONED;
				break;
			default:
				return NULL;
		}
		return (const Var *) expr;
	}
	if (!get_call(expr, &function, &args))
		return NULL;
	if (is_integer_cast(function))
	{
		const Var  *var = find_source(linitial(args), rule);

		return var && rule->source == SOURCE_INTEGER ? var : NULL;
	}
	if (function == F_TIMESTAMP_DATE)
	{
		const Var  *var = find_source(linitial(args), rule);

		return var && rule->source == SOURCE_DAYS ? var : NULL;
	}
	if (function == F_TIMESTAMPTZ_DATE)
	{
		const Var  *var = find_source(linitial(args), rule);

		if (var == NULL || rule->source != SOURCE_DAYS)
			return NULL;
		rule->source = SOURCE_ZONED_DAYS;
		return var;
	}
	if (function == F_TIMESTAMP_TIMESTAMPTZ)
	{
		const Var  *var = find_source(linitial(args), rule);

		return var && rule->source == SOURCE_ZONED ? var : NULL;
	}
	if (function == F_TIMEZONE_TEXT_TIMESTAMPTZ)
	{
		const Var  *var = find_source(lsecond(args), rule);

		if (var == NULL || rule->source != SOURCE_ZONED || rule->zone)
			return NULL;
		rule->zone = get_zone(linitial(args));
		return rule->zone ? var : NULL;
	}
	return NULL;
}

/* How long is what date_trunc and extract don't tell apart? */
static bool
set_unit(Rule *rule, int unit, bool trunc)
{
	rule->kind = RULE_FLOOR;
	rule->origin = 0;
	switch (unit)
	{
		case DTK_SECOND:
			rule->width = USECS_PER_SEC;
			return trunc;
		case DTK_MINUTE:
			rule->width = USECS_PER_MINUTE;
			return true;
		case DTK_HOUR:
			rule->width = USECS_PER_HOUR;
			return true;
		case DTK_DAY:
		case DTK_DOW:
		case DTK_ISODOW:
		case DTK_DOY:
			rule->width = USECS_PER_DAY;
			return true;
		case DTK_WEEK:
		case DTK_ISOYEAR:
			rule->width = 7 * USECS_PER_DAY;
			rule->origin = MONDAY * USECS_PER_DAY;
			return true;
		case DTK_MONTH:
			rule->kind = RULE_MONTHS;
			rule->width = 1;
			return true;
		case DTK_QUARTER:
			rule->kind = RULE_MONTHS;
			rule->width = 3;
			return true;
		case DTK_YEAR:
		case DTK_DECADE:
		case DTK_CENTURY:
		case DTK_MILLENNIUM:
			rule->kind = RULE_MONTHS;
			rule->width = 12;
			return true;
		default:
			return false;
	}
}

/* An interval without months, in microseconds. */
static bool
get_stride(const Expr *expr, int64 *stride)
{
	const Const *constant = (const Const *) expr;
	const Interval *interval;

	if (!IsA(expr, Const) || constant->constisnull || constant->consttype != INTERVALOID)
		return false;
	interval = DatumGetIntervalP(constant->constvalue);
	return interval->month == 0 &&
		!pg_mul_s64_overflow(interval->day, USECS_PER_DAY, stride) &&
		!pg_add_s64_overflow(*stride, interval->time, stride) && *stride > 0;
}

static bool
get_timestamp(const Expr *expr, int64 *value)
{
	const Const *constant = (const Const *) expr;

	if (!IsA(expr, Const) || constant->constisnull ||
		(constant->consttype != TIMESTAMPOID && constant->consttype != TIMESTAMPTZOID))
		return false;
	*value = DatumGetTimestamp(constant->constvalue);
	return IS_VALID_TIMESTAMP(*value);
}

/* Does a format of to_char name days, or what is longer, only? */
static bool
is_format_of_days(const Expr *expr)
{
	const Const *constant = (const Const *) expr;

	if (!IsA(expr, Const) || constant->constisnull || constant->consttype != TEXTOID)
		return false;
	for (char *p = TextDatumGetCString(constant->constvalue); *p; p++)
		if (strchr("YMDQW-/. ", *p) == NULL)
			return false;
	return true;
}

/* The rule of a call that looks at a part of the column; NULL if it is none. */
static const Var *
find_rule(const Expr *expr, Rule *rule)
{
	const Var  *var;
	Oid			function;
	List	   *args;
	int			unit;

	memset(rule, 0, sizeof(*rule));
	if (!get_call(expr, &function, &args))
		return NULL;
	if (is_integer_division(function))
	{
		if (!get_integer(lsecond(args), &rule->width) || rule->width == PG_INT64_MIN)
			return NULL;
		rule->kind = RULE_QUOTIENT;
		rule->width = rule->width < 0 ? -rule->width : rule->width;
		var = find_source(linitial(args), rule);
		return var && rule->source == SOURCE_INTEGER && rule->width > 1 ? var : NULL;
	}
	switch (function)
	{
		case F_DATE_TRUNC_TEXT_TIMESTAMP:
		case F_DATE_TRUNC_TEXT_TIMESTAMPTZ:
			var = find_source(lsecond(args), rule);
			return var && smol_constant_unit(linitial(args), &unit) &&
				set_unit(rule, unit, true) ? var : NULL;
		case F_DATE_TRUNC_TEXT_TIMESTAMPTZ_TEXT:
			var = find_source(lsecond(args), rule);
			if (var == NULL || rule->source != SOURCE_ZONED)
				return NULL;
			rule->zone = get_zone(lthird(args));
			return rule->zone && smol_constant_unit(linitial(args), &unit) &&
				set_unit(rule, unit, true) ? var : NULL;
		case F_EXTRACT_TEXT_DATE:
		case F_EXTRACT_TEXT_TIMESTAMP:
		case F_EXTRACT_TEXT_TIMESTAMPTZ:
		case F_DATE_PART_TEXT_TIMESTAMP:
		case F_DATE_PART_TEXT_TIMESTAMPTZ:
			var = find_source(lsecond(args), rule);
			return var && smol_constant_unit(linitial(args), &unit) &&
				set_unit(rule, unit, false) ? var : NULL;
		case F_DATE_TIMESTAMP:
		case F_DATE_TIMESTAMPTZ:
			var = find_source(linitial(args), rule);
			return var && set_unit(rule, DTK_DAY, true) ? var : NULL;
		case F_TO_CHAR_TIMESTAMP_TEXT:
		case F_TO_CHAR_TIMESTAMPTZ_TEXT:
			var = find_source(linitial(args), rule);
			return var && is_format_of_days(lsecond(args)) &&
				set_unit(rule, DTK_DAY, true) ? var : NULL;
		case F_DATE_BIN_INTERVAL_TIMESTAMP_TIMESTAMP:
		case F_DATE_BIN_INTERVAL_TIMESTAMPTZ_TIMESTAMPTZ:
			var = find_source(lsecond(args), rule);

			/* of a timestamptz, whatever the zone */
			if (var == NULL || rule->zone ||
				(rule->source != SOURCE_LOCAL && !IsA(lsecond(args), Var)) ||
				!get_stride(linitial(args), &rule->width) ||
				!get_timestamp(lthird(args), &rule->origin))
				return NULL;
			rule->kind = RULE_FLOOR;
			rule->source = SOURCE_LOCAL;
			return var;
		default:
			return NULL;
	}
}

/* Add the rules of an expression; true if the column is used without one. */
static bool
add_rules(Node *node, SmolCells *cells)
{
	Rule		rule;
	const Var  *var;

	if (node == NULL)
		return false;
	if (IsA(node, Var))
		return true;
	var = find_rule((const Expr *) node, &rule);
	if (var)
	{
		if (cells->nrules == MAX_RULES ||
			(cells->var && cells->var->varattno != var->varattno))
			return true;
		cells->var = var;
		cells->rules[cells->nrules++] = rule;
		return false;
	}
	return expression_tree_walker(node, add_rules, cells);
}

/* The cells of an expression over one column; NULL if none are known. */
SmolCells *
smol_make_cells(const Expr *expr)
{
	SmolCells  *cells = palloc0(sizeof(SmolCells));

	if (!add_rules((Node *) unconstify(Expr *, expr), cells) && cells->nrules > 0)
		return cells;
	pfree(cells);
	return NULL;
}

const Var  *
smol_cell_column(const SmolCells *cells)
{
	return cells->var;
}

/* The session's zone may be another one than before. */
void
smol_forget_zones(SmolCells *cells)
{
	cells->nzones = cells->next_zone = 0;
}

/* ---- cells ---- */

/* Of the words of a day, microseconds, or others: [*low, *high] of one part. */
static void
find_floor(const Rule *rule, int64 unit, int64 word, int64 *low, int64 *high)
{
	int64		width = rule->width / unit;
	int64		rest;

	if (width <= 1)
	{
		*low = *high = word;
		return;
	}
	rest = (word - rule->origin / unit) % width;
	*low = word - rest - (rest < 0 ? width : 0);
	*high = *low + width - 1;
}

static void
find_months(const Rule *rule, int64 day, int64 *low, int64 *high)
{
	int			width = (int) rule->width;
	int			year;
	int			month;
	int			mday;

	j2date((int) day + POSTGRES_EPOCH_JDATE, &year, &month, &mday);
	month = (month - 1) / width * width + 1;
	*low = date2j(year, month, 1) - POSTGRES_EPOCH_JDATE;
	month += width;
	*high = (month > MONTHS_PER_YEAR ? date2j(year + 1, month - MONTHS_PER_YEAR, 1) :
			 date2j(year, month, 1)) - POSTGRES_EPOCH_JDATE - 1;
}

static void
find_local(const Rule *rule, int64 usecs, int64 *low, int64 *high)
{
	int64		day;

	if (rule->kind == RULE_FLOOR)
	{
		find_floor(rule, 1, usecs, low, high);
		return;
	}
	day = usecs / USECS_PER_DAY - (usecs % USECS_PER_DAY < 0);
	find_months(rule, day, low, high);
	*low *= USECS_PER_DAY;
	*high = (*high + 1) * USECS_PER_DAY - 1;
}

static inline pg_time_t
to_time(int64 usecs)
{
	int64		secs = usecs / USECS_PER_SEC - (usecs % USECS_PER_SEC < 0);

	return (pg_time_t) (secs + (POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE) * SECS_PER_DAY);
}

static inline int64
from_time(pg_time_t time)
{
	return (time - (POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE) * SECS_PER_DAY) * USECS_PER_SEC;
}

/* The time about a moment in which the zone's offset does not change. */
static const ZoneTime *
find_zone(SmolCells *cells, const Rule *rule, int64 usecs)
{
	pg_tz	   *zone = rule->zone ? rule->zone : session_timezone;
	ZoneTime   *found;
	int64		low;

	for (int i = 0; i < cells->nzones; i++)
	{
		found = &cells->zones[i];
		if (found->zone == zone && found->low <= usecs && usecs <= found->high)
			return found;
	}
	if (cells->nzones < MAX_ZONES)
		found = &cells->zones[cells->nzones++];
	else
	{
		found = &cells->zones[cells->next_zone];
		cells->next_zone = (cells->next_zone + 1) % MAX_ZONES;
	}

	/* from one change to the next, and no more than a year back */
	low = usecs - YEAR_USECS;
	for (;;)
	{
		pg_time_t	time = to_time(low);
		pg_time_t	boundary;
		long int	before;
		long int	after;
		int			before_isdst;
		int			after_isdst;
		int			next = pg_next_dst_boundary(&time, &before, &before_isdst, &boundary,
												&after, &after_isdst, zone);

		if (next < 0)
		{
			/* it does not tell: of this second it will not, either */
			found->zone = NULL;
			found->low = 1;
			found->high = 0;
			return NULL;
		}
		if (next > 0 && from_time(boundary) <= usecs)
		{
			low = from_time(boundary);
			continue;
		}
		found->zone = zone;
		found->low = low;
		found->high = next > 0 ? from_time(boundary) - 1 : SAFE_HIGH;
		found->offset = (int64) before * USECS_PER_SEC;
		return found;
	}
}

static void
find_by_rule(SmolCells *cells, const Rule *rule, int64 word, int64 *low, int64 *high)
{
	const ZoneTime *zone;
	int64		usecs;

	*low = *high = word;
	switch (rule->source)
	{
		case SOURCE_INTEGER:
			{
				int64		quotient = word / rule->width;

				/* the ends of the range may be less than a whole part */
				if (word <= PG_INT64_MIN + rule->width || word >= PG_INT64_MAX - rule->width)
					return;
				*low = quotient * rule->width - (quotient <= 0 ? rule->width - 1 : 0);
				*high = quotient * rule->width + (quotient >= 0 ? rule->width - 1 : 0);
				return;
			}
		case SOURCE_DAYS:
			if (word < SAFE_LOW / USECS_PER_DAY || word > SAFE_HIGH / USECS_PER_DAY)
				return;
			if (rule->kind == RULE_FLOOR)
				find_floor(rule, USECS_PER_DAY, word, low, high);
			else
				find_months(rule, word, low, high);
			return;
		case SOURCE_LOCAL:
			if (word >= SAFE_LOW && word <= SAFE_HIGH &&
				(rule->kind != RULE_FLOOR ||
				 (rule->width < SAFE_HIGH && rule->origin > -SAFE_HIGH &&
				  rule->origin < SAFE_HIGH)))
				find_local(rule, word, low, high);
			return;
		case SOURCE_ZONED:
			if (word < SAFE_LOW || word > SAFE_HIGH)
				return;
			zone = find_zone(cells, rule, word);
			if (zone == NULL)
				return;
			find_local(rule, word + zone->offset, low, high);
			*low = Max(*low - zone->offset, zone->low);
			*high = Min(*high - zone->offset, zone->high);
			return;
		case SOURCE_ZONED_DAYS:

			/*
			 * Near a change of the offset midnight may be what it is not on
			 * other days, or not be at all.
			 */
			usecs = word * USECS_PER_DAY;
			if (word < SAFE_LOW / USECS_PER_DAY + 366 || word > SAFE_HIGH / USECS_PER_DAY - 366)
				return;
			zone = find_zone(cells, rule, usecs);
			if (zone == NULL || usecs - 2 * USECS_PER_DAY < zone->low ||
				usecs + 2 * USECS_PER_DAY > zone->high)
				return;
			if (rule->kind == RULE_FLOOR)
				find_floor(rule, USECS_PER_DAY, word, low, high);
			else
				find_months(rule, word, low, high);
			*low = Max(*low, zone->low / USECS_PER_DAY + 3);
			*high = Min(*high, zone->high / USECS_PER_DAY - 3);
			*low = Min(*low, word);
			*high = Max(*high, word);
			return;
	}
}

/*
 * The cell of a word, that is of a value that is not NULL: the expression is the
 * same for all words from *low to *high, both included.
 */
void
smol_find_cell(SmolCells *cells, int64 word, int64 *low, int64 *high)
{
	*low = PG_INT64_MIN;
	*high = PG_INT64_MAX;
	for (int i = 0; i < cells->nrules; i++)
	{
		int64		rule_low;
		int64		rule_high;

		find_by_rule(cells, &cells->rules[i], word, &rule_low, &rule_high);
		*low = Max(*low, rule_low);
		*high = Min(*high, rule_high);
	}
}

/* About how wide is a cell, in words? */
double
smol_cell_width(const SmolCells *cells)
{
	double		least = DBL_MAX;

	for (int i = 0; i < cells->nrules; i++)
	{
		const Rule *rule = &cells->rules[i];
		double		width = (double) rule->width;

		if (rule->kind == RULE_MONTHS)
			width *= 30.5 * USECS_PER_DAY;
		if (rule->source == SOURCE_DAYS || rule->source == SOURCE_ZONED_DAYS)
			width = Max(width / USECS_PER_DAY, 1.0);
		least = Min(least, width);
	}
	return least;
}

/* ---- order ---- */

/*
 * The column that an expression increases with: of two values the greater one has
 * the greater result, or the same.  NULL if there is none, or nobody knows.  Only
 * where that is so whatever the time zone.
 */
const Var  *
smol_increases_with(const Expr *expr)
{
	Oid			function;
	List	   *args;
	int64		value;
	int			unit;

	if (IsA(expr, Var))
	{
		switch (((const Var *) expr)->vartype)
		{
			case INT2OID:
			case INT4OID:
			case INT8OID:
			case DATEOID:
			case TIMESTAMPOID:
				return (const Var *) expr;
			default:
				return NULL;
		}
	}
	if (!get_call(expr, &function, &args))
		return NULL;
	if (is_integer_cast(function))
		return smol_increases_with(linitial(args));
	if (is_integer_division(function))
		return get_integer(lsecond(args), &value) && value > 0 ?
			smol_increases_with(linitial(args)) : NULL;
	switch (function)
	{
		case F_INT4MUL:
		case F_INT8MUL:
		case F_INT48MUL:
		case F_INT84MUL:
			return get_integer(lsecond(args), &value) && value > 0 ?
				smol_increases_with(linitial(args)) : NULL;
		case F_INT4PL:
		case F_INT8PL:
		case F_INT48PL:
		case F_INT84PL:
			return get_integer(lsecond(args), &value) ?
				smol_increases_with(linitial(args)) : NULL;
		case F_TIMESTAMP_DATE:
		case F_DATE_TIMESTAMP:
			return smol_increases_with(linitial(args));
		case F_DATE_TRUNC_TEXT_TIMESTAMP:
			return smol_constant_unit(linitial(args), &unit) ?
				smol_increases_with(lsecond(args)) : NULL;
		case F_EXTRACT_TEXT_DATE:
		case F_EXTRACT_TEXT_TIMESTAMP:
		case F_DATE_PART_TEXT_TIMESTAMP:
			if (!smol_constant_unit(linitial(args), &unit) ||
				(unit != DTK_YEAR && unit != DTK_DECADE && unit != DTK_CENTURY &&
				 unit != DTK_MILLENNIUM && unit != DTK_ISOYEAR))
				return NULL;
			return smol_increases_with(lsecond(args));
		case F_DATE_BIN_INTERVAL_TIMESTAMP_TIMESTAMP:
			return IsA(linitial(args), Const) && IsA(lthird(args), Const) ?
				smol_increases_with(lsecond(args)) : NULL;
		case F_DATE_BIN_INTERVAL_TIMESTAMPTZ_TIMESTAMPTZ:
			return IsA(linitial(args), Const) && IsA(lthird(args), Const) &&
				IsA(lsecond(args), Var) ? lsecond(args) : NULL;
		default:
			return NULL;
	}
}
