#pragma once

// Catch2 3 has a header per topic, 2.13 has a single one. Tests include this and use what both have.
#if __has_include(<catch2/catch_all.hpp>)
#include <catch2/catch_all.hpp>
using Catch::Approx;
#else
#include <catch2/catch.hpp>
#endif
