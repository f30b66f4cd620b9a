#ifndef APUS_OPERATORS_H
#define APUS_OPERATORS_H
#include "../apus.h"
#endif
