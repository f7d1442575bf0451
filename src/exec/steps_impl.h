/*-------------------------------------------------------------------------
 *
 * steps_impl.h
 *	  Steps; private to steps.c, which makes them, and runsteps.c, which runs them.
 *
 * Copyright (c) 2026, the smol developers
 *
 * IDENTIFICATION
 *	  src/exec/steps_impl.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef SMOL_STEPS_IMPL_H
#define SMOL_STEPS_IMPL_H

#include "exec/smolsteps.h"

/* What a step does. */
typedef enum StepKind
{
	STEP_COLUMN,
	STEP_CONST,
	STEP_NULL,
	STEP_ADD,
	STEP_SUBTRACT,
	STEP_MULTIPLY,
	STEP_DIVIDE,				/* by a constant that is neither 0 nor -1 */
	STEP_MODULO,
	STEP_FLOAT_ADD,
	STEP_FLOAT_SUBTRACT,
	STEP_FLOAT_MULTIPLY,
	STEP_TO_FLOAT,				/* of an integer of up to 32 bits */
	STEP_NARROW,				/* nothing but the range is checked */
	STEP_EQUAL,
	STEP_NOT_EQUAL,
	STEP_LESS,
	STEP_LESS_EQUAL,
	STEP_GREATER,
	STEP_GREATER_EQUAL,
	STEP_BYTES_EQUAL,			/* a column of strings, and a constant */
	STEP_BYTES_NOT_EQUAL,
	STEP_AND,
	STEP_OR,
	STEP_NOT,
	STEP_IS_NULL,
	STEP_IS_NOT_NULL,
	STEP_CHOOSE,				/* by a condition, one or the other */
	STEP_COALESCE,
} StepKind;

/* Steps come after those that they take their operands from. */
typedef struct Step
{
	StepKind	kind;
	int			column;			/* COLUMN, BYTES_: of the index */
	int			operands[3];	/* others: steps; -1: none */
	Oid			type;			/* of the result, without domains */
	int			scale;			/* of numerics; -1: of NULL, it is any */
	int			least;			/* of some rows; -1: of none */
	int64		low;			/* of numbers: the range of the type */
	int64		high;
	SmolSlice	slice;			/* BYTES_: the constant */
	int64	   *words;			/* room for the results of a batch ... */
	int64	   *null_words;
	int64	   *full_words;
	const int64 *result;		/* ... or these of the column */
	const int64 *nulls;			/* NULL: none is */
	const int64 *full;			/* if there is a least scale: not of that */
} Step;

#define MAX_STEPS	40

struct SmolSteps
{
	const SmolMetaPageData *meta;
	SmolColumnOf column_of;
	const void *arg;
	int			test;			/* the step that a CASE compares; -1 */
	bool		has_room;
	int			nsteps;
	Step		steps[MAX_STEPS];
};

#endif							/* SMOL_STEPS_IMPL_H */
