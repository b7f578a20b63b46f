# A program whose file is overwritten: the next start runs what is there now.
cd "$HOME"
cp /bin/true program
./program; echo $?
# Only the content of files that have not changed lately is remembered.
sleep 2.1
./program; echo $?
./program; echo $?
cp /bin/false program
./program; echo $?
cat "$T/script.sh" > program
./program one; echo $?
cp /bin/true other
mv other program
./program; echo $?
