#include <mohs/io/write_npy.hpp>
// Covers detail/io/checked_size.hpp.

#include "../catch.hpp"
#include "bytes.hpp"

#include <mohs/io/npy.hpp>

namespace {

using mohs::Index;
using mohs::ScalarKind;

}

TEST_CASE("what is written has the bytes of the format")
{
    const ScratchFolder folder;
    const auto path = folder / "a.npy";
    const mohs::Matrix rows = (mohs::Matrix(2, 3) << 1, 2, 3, 4, 5, 6).finished();
    mohs::write_npy(path, rows);
    std::string header = npy_header("<f4", "(2, 3)");
    header.insert(header.size() - 1, 128 - (10 + header.size()), ' ');
    CHECK(content_of(path) == npy_file(header, numbers<float>(6)));

    mohs::write_npy(path, rows.transpose() * 2);
    mohs::Matrix read;
    mohs::open_npy(path).read(0, 3, read);
    CHECK(read == rows.transpose() * 2);
    mohs::write_npy(path, rows.cast<Eigen::half>());
    CHECK(mohs::open_npy(path).scalar() == ScalarKind::float16);
    mohs::open_npy(path).read(0, 2, read);
    CHECK(read == rows);
    const Eigen::Matrix<std::int64_t, Eigen::Dynamic, 1> labels = Eigen::Matrix<std::int64_t, 3, 1>(7, -8, 9);
    mohs::write_npy(path, labels);
    mohs::MatrixOf<std::int64_t> read_labels;
    mohs::open_npy(path).read(0, 3, read_labels);
    CHECK(read_labels == labels);
    mohs::write_npy(path, mohs::Matrix(0, 4));
    CHECK(mohs::open_npy(path).columns() == 4);
}

TEST_CASE("a file that is written block by block is there once it is whole")
{
    const ScratchFolder folder;
    const auto path = folder / "a.npy";
    const mohs::MatrixOf<double> rows = mohs::MatrixOf<double>::Random(1000, 37);
    {
        mohs::NpyWriter<double> file(path, 1000, 37);
        for (Index first = 0; first < 1000; first += 300) {
            file.write(rows.middleRows(first, (std::min)(Index{300}, 1000 - first)));
        }
        CHECK(folder.names().size() == 1);
        CHECK_FALSE(std::filesystem::exists(path));
        file.commit();
    }
    mohs::MatrixOf<double> read;
    mohs::open_npy(path).read(0, 1000, read);
    CHECK(read == rows);

    mohs::NpyWriter<double> file(path, 10, 37);
    CHECK(thrown_by<std::invalid_argument>([&] { file.write(rows); }) ==
          "mohs::NpyWriter: 0 rows and a block of 1000 are more than the 10 that were announced");
    CHECK(thrown_by<std::invalid_argument>([&] { file.write(rows.leftCols(5)); }) ==
          "mohs::NpyWriter: a block has 5 columns, but the file 37");
    file.write(rows.topRows(9));
    CHECK(thrown_by<std::invalid_argument>([&] { file.commit(); }) ==
          "mohs::NpyWriter: 9 rows were written, but 10 announced");
    CHECK_THROWS_AS(mohs::NpyWriter<float>(path, -1, 3), std::invalid_argument);
    CHECK_THROWS_AS(mohs::NpyWriter<float>(path, 1, 0), std::invalid_argument);
    CHECK_FALSE(mohs::NpyElement<Eigen::bfloat16>);
    mohs::open_npy(path).read(0, 1000, read);
    CHECK(read == rows);
}

TEST_CASE("sizes that do not fit are known")
{
    using mohs::detail::CheckedSize;
    constexpr std::uint64_t most = std::numeric_limits<std::uint64_t>::max();
    CHECK((CheckedSize(most) + CheckedSize(0)).fits());
    CHECK_FALSE((CheckedSize(most) + CheckedSize(1)).fits());
    CHECK((CheckedSize(most / 3) * CheckedSize(3)).fits());
    CHECK_FALSE((CheckedSize(most / 3 + 1) * CheckedSize(3)).fits());
    CHECK((CheckedSize(0) * CheckedSize(most)).value() == 0);
    CHECK_FALSE((CheckedSize(most) * CheckedSize(2) * CheckedSize(0)).fits());
}
