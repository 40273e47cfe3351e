#include <mohs/io/csv_rows.hpp>
// Covers io/open_rows.hpp, detail/io/line_reader.hpp, detail/io/parse_number.hpp.

#include "../catch.hpp"
#include "bytes.hpp"

#include <mohs/io/open_rows.hpp>

namespace {

using mohs::CsvRows;
using mohs::CsvRowsOptions;
using mohs::Index;
using mohs::ScalarKind;

/// Writes a file, opens it and reads all of it; what it is refused for, without its path.
std::string refused(const std::filesystem::path& path, const std::string& content, const CsvRowsOptions& options = {})
{
    return refusal_of_file(path, content, [&](const auto& file) {
        const CsvRows source(file, options);
        mohs::Matrix rows;
        source.read(0, source.rows(), rows);
    });
}

mohs::MatrixOf<double> rows_of(const std::filesystem::path& path, const std::string& content,
                               CsvRowsOptions options = {})
{
    put(path, content);
    options.scalar = ScalarKind::float64;
    const CsvRows source(path, options);
    mohs::MatrixOf<double> rows;
    source.read(0, source.rows(), rows);
    return rows;
}

const mohs::MatrixOf<double> expected = (mohs::MatrixOf<double>(2, 3) << 1, -2.5, 3e-2, 4, 0.1, 1e10).finished();

}

TEST_CASE("numbers in text are read")
{
    const ScratchFolder folder;
    const auto path = folder / "a.csv";
    CHECK(rows_of(path, "1,-2.5,3e-2\n4,0.1,1e10\n") == expected);
    CHECK(rows_of(path, "1,-2.5,3e-2\n4,0.1,1e10") == expected);
    CHECK(rows_of(path, "a,b,c\r\n1,-2.5,3e-2\r\n4,.1,1E+10\r\n") == expected);
    CHECK(rows_of(path,
                  "\xEF\xBB\xBF"
                  "1, -2.5 ,\t3e-2\n\n  \n+4, +.1,10000000000.\n\n") == expected);
    CHECK(rows_of(path,
                  "\xEF\xBB\xBF"
                  "a,\"b\",c\n1,-2.5,3e-2\n4,0.1,1e10\n") == expected);
    CHECK(rows_of(path, "1;-2.5;3e-2\n4;0.1;1e10\n", {.separator = ';'}) == expected);
    CHECK(rows_of(path, "1\t-2.5\t3e-2\n4\t 0.1\t1e10\n", {.separator = '\t'}) == expected);
    CHECK(rows_of(path, "a,b\n").rows() == 0);
    CHECK(rows_of(path, "7").rows() == 1);
    CHECK(rows_of(path, "2.2250738585072014e-308\n1.7976931348623157e308\n0.1\n") ==
          (mohs::MatrixOf<double>(3, 1) << 2.2250738585072014e-308, 1.7976931348623157e308, 0.1).finished());
#if defined(__cpp_lib_to_chars)  // where streams read numbers, it is up to them whether they take subnormal ones
    CHECK(rows_of(path, "4.9406564584124654e-324")(0, 0) == 4.9406564584124654e-324);
#endif

    put(path, "1,-2.5,3e-2\n4,0.1,1e10\n");
    const CsvRows source(path);
    CHECK(source.scalar() == ScalarKind::float32);
    mohs::Matrix rows;
    source.read(1, 1, rows);
    CHECK(rows == expected.row(1).cast<float>());
    source.read(2, 0, rows);
    CHECK(rows.rows() == 0);
    CHECK_FALSE(source.view<float>(0, 1).has_value());
}

TEST_CASE("blocks of a long file are read from anywhere")
{
    const ScratchFolder folder;
    const auto path = folder / "a.csv";
    std::string content = "first,second\n";
    for (int row = 0; row < 20000; ++row) {
        content += std::to_string(row) + "," + std::to_string(-row) + (row % 7 == 0 ? "\r\n" : "\n");
        content += row % 100 == 0 ? "\n" : "";
    }
    put(path, content);
    const CsvRows source(path);
    REQUIRE(source.rows() == 20000);
    mohs::Matrix rows;
    for (const auto& [first, count] :
         {std::pair<Index, Index>{0, 20000}, {255, 2}, {256, 1}, {511, 1000}, {19999, 1}, {3, 0}, {20000, 0}}) {
        source.read(first, count, rows);
        bool equal = rows.rows() == count;
        for (Index row = 0; row < count; ++row) {
            equal = equal && rows(row, 0) == static_cast<float>(first + row) && rows(row, 1) == -rows(row, 0);
        }
        CHECK(equal);
    }

    // Errors name the line in the file.
    put(path, content + "x,1\n");
    const CsvRows wrong(path);
    CHECK(thrown_by<std::runtime_error>([&] { wrong.read(20000, 1, rows); }) ==
          "mohs::CsvRows: " + path.string() +
              " line 20202: column 1 is 'x', but must be a number in the range of double");
}

TEST_CASE("numbers that are not finite are words, and refused on demand", "[ieee]")
{
    const ScratchFolder folder;
    const auto path = folder / "a.csv";
    const mohs::MatrixOf<double> rows = rows_of(path, "nan,NaN,-nan\ninf,-Inf,+INFINITY\n");
    CHECK(std::isnan(rows(0, 0)));
    CHECK(std::isnan(rows(0, 1)));
    CHECK(std::isnan(rows(0, 2)));
    CHECK(rows(1, 0) == std::numeric_limits<double>::infinity());
    CHECK(rows(1, 1) == -std::numeric_limits<double>::infinity());
    CHECK(rows(1, 2) == std::numeric_limits<double>::infinity());
    CHECK(mentions(refused(path, "1,2\n3,nan\n", {.finite = true}),
                   "line 2: column 2 is 'nan', but must be a finite number"));
    CHECK(mentions(refused(path, "1,2\n-inf,4\n", {.finite = true}), "line 2: column 1 is '-inf'"));
}

TEST_CASE("what is no number is refused with its line")
{
    const ScratchFolder folder;
    const auto path = folder / "a.csv";
    for (const std::string bad :
         {"",    " ",   "x",   "1x",    "0x10",  "1e", "1e999", "-1e999", "1e-999", "--1",      "+-1",
          "-+1", "++1", "1 2", "\"1\"", "1.2.3", "e5", ".",     "-",      "nan(1)", "infinite", "1,5"}) {
        INFO(bad);
        CHECK(mentions(refused(path, "5;6\n1;" + bad + "\n", {.separator = ';'}), "line 2: column 2 is '"));
    }
    CHECK(mentions(refused(path, std::string("1,2\n3,4\0\n", 9)), "column 2"));
    CHECK(mentions(refused(path, "1,2\n3\n"), "line 2: has 1 numbers, but 2 come before"));
    CHECK(mentions(refused(path, "1,2\n3,4,\n"), "line 2: has 3 numbers"));
    CHECK(mentions(refused(path, "a,b\n1,2,3\n"), "line 2: has 3 numbers"));
    CHECK(mentions(refused(path, "a,b\nc,d\n"), "line 2: column 1 is 'c'"));
    CHECK(mentions(refused(path, "a,2\n3,4\n"), "line 1: column 1 is 'a'"));
    CHECK(mentions(refused(path, "1\t2\n\t\n", {.separator = '\t'}), "line 2: column 1 is ''"));
    CHECK(refused(path, "") == "has no rows");
    CHECK(refused(path, "\n \r\n\n") == "has no rows");
    CHECK(refused(path, "\xEF\xBB\xBF") == "has no rows");
    CHECK(mentions(thrown_by<std::runtime_error>([&] { CsvRows{folder / "none.csv"}; }), "No such file"));

    for (const char separator : {' ', '.', '-', '+', '5', 'e', 'N', '"', '\n', '\r', '\0'}) {
        CHECK_THROWS_AS(CsvRows(path, {.separator = separator}), std::invalid_argument);
    }
    CHECK_THROWS_AS(CsvRows(path, {.scalar = ScalarKind::int8}), std::invalid_argument);
}

TEST_CASE("a text that becomes shorter or another one is an error")
{
    const ScratchFolder folder;
    const auto path = folder / "a.csv";
    const std::string content = "1,2\n3,4\n5,6\n";
    mohs::Matrix rows;
    put(path, content);
    const CsvRows source(path);
    std::filesystem::resize_file(path, 5);
    CHECK(
        mentions(thrown_by<std::runtime_error>([&] { source.read(0, 3, rows); }), "became shorter while it was read"));
    put(path, "1,2\n33333,4\n");
    CHECK(mentions(thrown_by<std::runtime_error>([&] { source.read(0, 3, rows); }), "has fewer rows than before"));
    put(path, "1\n2\n3,4,5,6\n");
    CHECK(mentions(thrown_by<std::runtime_error>([&] { source.read(0, 3, rows); }), "line 1: has other columns"));
    put(path, content + "7,8\n");
    source.read(0, 3, rows);
    CHECK(rows(2, 1) == 6.0f);
}

TEST_CASE("lines of many megabytes are refused", "[slow]")
{
    const ScratchFolder folder;
    const auto path = folder / "a.csv";
    put(path, "1\n");
    std::filesystem::resize_file(path, std::uintmax_t{1} << 30);  // zeros without a line feed
    CHECK(mentions(thrown_by<std::runtime_error>([&] { CsvRows{path}; }), "line 2: is longer than 67108864 bytes"));

    const std::string wide = "1" + std::string(200000, '0');
    put(path, "5\n" + wide + "\n");
    CHECK(mentions(thrown_by<std::runtime_error>([&] {
                       mohs::Matrix rows;
                       CsvRows(path).read(0, 2, rows);
                   }),
                   "line 2: column 1 is '1000"));
}

TEST_CASE("a file is opened by the end of its name")
{
    const ScratchFolder folder;
    put(folder / "a.csv", "1,2\n");
    put(folder / "a.TSV", "1\t2\n");
    put(folder / "a.npy", npy_file(npy_header("<f4", "(1, 2)"), bytes_of(1.0f) + bytes_of(2.0f)));
    put(folder / "a.fvecs", bytes_of(std::int32_t{2}) + bytes_of(1.0f) + bytes_of(2.0f));
    put(folder / "a.bvecs", bytes_of(std::int32_t{2}) + "\x01\x02");
    put(folder / "a.fbin", bytes_of(std::int32_t{1}) + bytes_of(std::int32_t{2}) + bytes_of(1.0f) + bytes_of(2.0f));
    for (const std::string name : {"a.csv", "a.TSV", "a.npy", "a.fvecs", "a.bvecs", "a.fbin"}) {
        INFO(name);
        const std::unique_ptr<mohs::RowSource> source = mohs::open_rows(folder / name, mohs::FileAccess::mapped);
        mohs::RowBlock<float> block;
        CHECK(block.load(*source, 0, 1) == (mohs::Matrix(1, 2) << 1, 2).finished());
    }
    for (const std::string name : {"a", "a.txt", "npy", ".npy"}) {
        CHECK(mentions(thrown_by<std::runtime_error>([&] { (void)mohs::open_rows(folder / name); }),
                       "has a name that does not end in"));
    }
}
