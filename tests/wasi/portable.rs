// An ordinary Rust program: run_portable.py compares what it does here with what it does natively.
use std::fs;
use std::io::{BufRead, Read, Seek, SeekFrom, Write};
use std::time::{Duration, Instant};

fn main() -> std::io::Result<()> {
    for (index, argument) in std::env::args().skip(1).enumerate() {
        println!("argument {index}: {argument}");
    }
    println!("variable: {:?}", std::env::var("VARIABLE").ok());
    for line in std::io::stdin().lock().lines() {
        println!("line: {}", line?);
    }
    fs::create_dir("work/made")?;
    let mut file = fs::OpenOptions::new().read(true).write(true).create(true).open("work/made/text")?;
    for number in 0..1000 {
        writeln!(file, "{number}")?;
    }
    file.seek(SeekFrom::Start(0))?;
    let mut text = String::new();
    file.read_to_string(&mut text)?;
    println!("sum {}", text.lines().map(|line| line.parse::<u64>().unwrap()).sum::<u64>());
    file.set_len(5)?;
    println!("length {}", fs::metadata("work/made/text")?.len());
    fs::rename("work/made/text", "work/made/other")?;
    let mut names: Vec<_> = fs::read_dir("work/made")?.map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    println!("{names:?}");
    println!("{:?}", fs::File::open("work/none").map_err(|error| error.kind()).err());
    println!("{:?}", fs::remove_dir("work/made").is_err());
    fs::remove_file("work/made/other")?;
    fs::remove_dir("work/made")?;
    let start = Instant::now();
    std::thread::sleep(Duration::from_millis(2));
    println!("slept {}", start.elapsed() >= Duration::from_millis(2));
    std::process::exit(37);
}
